/**
 * The published JITP walkthrough ("Setting Up Just-in-Time Provisioning with AWS IoT Core"), command by command,
 * with the real aws, openssl, and mosquitto_pub; only host, port, and CA file differ.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'
import { startServerProcess, type ServerProcess } from '../helpers/server.ts'

let server: ServerProcess
let shell: Shell
beforeEach(async () => {
  server = await startServerProcess()
  const printed = openShell({})
  const exports = await printed.expect(`muster env --data-dir ${server.dataDir}`)
  printed[Symbol.dispose]()
  shell = openShell(parseExports(exports))
})
afterEach(async () => {
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

/** Country, state, locality, organization, unit, CN, e-mail, challenge password, company: as the prompts ask. */
const answers = (country: string, commonName: string) => [
  country,
  '',
  '',
  'Example',
  '',
  commonName,
  '',
  '',
  '',
]

const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}'

/** The walkthrough's template, with `actions` granted by its policy. */
function template(roleArn: string, actions: string[]): string {
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: ['*'] }],
  })
  const ref = (name: string) => ({ Ref: `AWS::IoT::Certificate::${name}` })
  const templateBody = JSON.stringify({
    Parameters: {
      'AWS::IoT::Certificate::Country': { Type: 'String' },
      'AWS::IoT::Certificate::Id': { Type: 'String' },
    },
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        Properties: { ThingName: ref('Id'), AttributePayload: { version: 'v1', country: ref('Country') } },
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: ref('Id'), Status: 'ACTIVE' },
      },
      policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyDocument: policyDocument } },
    },
  })
  return JSON.stringify({ templateBody, roleArn })
}

/** Everything up to the registered CA and a device certificate; resolves with the CA's id. */
async function prepare(actions: string[], registerOptions = ''): Promise<string> {
  await shell.expect('openssl genrsa -out rootCA.key 2048')
  await shell.expect(
    'openssl req -x509 -new -nodes -key rootCA.key -sha256 -days 1024 -out rootCA.pem',
    answers('US', 'Root'),
  )
  const role = await shell.expect(
    `aws iam create-role --role-name JITPRole --assume-role-policy-document '${trust}' --query Role.Arn --output text`,
  )
  await shell.expect(
    'aws iam attach-role-policy --role-name JITPRole --policy-arn arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration',
  )
  writeFileSync(join(shell.directory, 'provisioning-template.json'), template(role.trim(), actions))
  const { registrationCode } = JSON.parse(await shell.expect('aws iot get-registration-code')) as {
    registrationCode: string
  }
  expect(registrationCode).toMatch(/^[0-9a-f]{64}$/)
  await shell.expect('openssl genrsa -out verificationCert.key 2048')
  await shell.expect(
    'openssl req -new -key verificationCert.key -out verificationCert.csr',
    answers('', registrationCode),
  )
  await shell.expect(
    'openssl x509 -req -in verificationCert.csr -CA rootCA.pem -CAkey rootCA.key -CAcreateserial -out verificationCert.pem -days 500 -sha256',
  )
  const registered = await shell.expect(
    `aws iot register-ca-certificate --ca-certificate file://rootCA.pem --verification-cert file://verificationCert.pem --set-as-active --allow-auto-registration --registration-config file://provisioning-template.json ${registerOptions}`,
  )
  await shell.expect('openssl genrsa -out deviceCert.key 2048')
  await shell.expect('openssl req -new -key deviceCert.key -out deviceCert.csr', answers('DE', 'device'))
  await shell.expect(
    'openssl x509 -req -in deviceCert.csr -CA rootCA.pem -CAkey rootCA.key -CAcreateserial -out deviceCert.crt -days 365 -sha256',
  )
  await shell.expect('cat deviceCert.crt rootCA.pem > deviceCertAndCACert.crt')
  return (JSON.parse(registered) as { certificateId: string }).certificateId
}

const publish = (certificate = 'deviceCertAndCACert.crt') =>
  shell.run(
    `mosquitto_pub --cafile $MUSTER_ROOT_CA --cert ${certificate} --key deviceCert.key -h $(aws iot describe-endpoint --output text) -p $MUSTER_MQTT_PORT -q 1 -t foo/bar -I anyclientID --tls-version tlsv1.2 -m "Hello" -d`,
  )

async function certificateIdOf(file: string): Promise<string> {
  const output = await shell.expect(`openssl x509 -in ${file} -outform der | sha256sum | cut -d' ' -f1`)
  return output.trim()
}

/** What the aws command line shows of a provisioned device. */
async function expectProvisioned(certificateId: string, caCertificateId: string) {
  const thing = JSON.parse(
    await shell.expect(`aws iot describe-thing --thing-name ${certificateId}`),
  ) as object
  expect(thing).toMatchObject({ thingName: certificateId, attributes: { version: 'v1', country: 'DE' } })
  const described = JSON.parse(
    await shell.expect(`aws iot describe-certificate --certificate-id ${certificateId}`),
  ) as {
    certificateDescription: { certificateArn: string }
  }
  expect(described.certificateDescription).toMatchObject({ status: 'ACTIVE', caCertificateId })
  const arn = described.certificateDescription.certificateArn
  expect(await shell.expect(`aws iot list-thing-principals --thing-name ${certificateId}`)).toContain(arn)
  const attached = JSON.parse(await shell.expect(`aws iot list-attached-policies --target ${arn}`)) as {
    policies: { policyName: string }[]
  }
  expect(attached.policies).toHaveLength(1)
  expect(
    await shell.expect(`aws iot get-policy --policy-name ${attached.policies[0]!.policyName}`),
  ).toContain('iot:Publish')
}

const everything = ['iot:Connect', 'iot:Publish', 'iot:Subscribe', 'iot:Receive']

describe.skipIf(lacks('aws', 'openssl', 'mosquitto_pub'))('the JITP walkthrough', () => {
  it('provisions the device; its policy grants no iot:Connect, and explain says so', async () => {
    const caCertificateId = await prepare(['iot:Publish'])
    const { output, code } = await publish()
    expect(code).not.toBe(0)
    expect(output).not.toContain('received CONNACK')
    const certificateId = await certificateIdOf('deviceCert.crt')
    await expectProvisioned(certificateId, caCertificateId)
    const explained = await shell.expect(`muster explain ${certificateId}`)
    expect(explained).toContain('connect-denied')
    expect(explained).toMatch(/iot:Connect.*client\/anyclientID/)
    expect(explained).toMatch(/What to change:[^]*"Effect":\s*"Allow"[^]*iot:Connect[^]*client\/anyclientID/)
  })

  it.each(['deviceCertAndCACert.crt', 'deviceCert.crt'])(
    'with iot:Connect granted, works on the first connection with %s, and a subscriber hears it',
    async (certificate) => {
      const caCertificateId = await prepare(everything)
      // the subscriber is a device of its own, provisioned on its first connection too
      await shell.expect(
        'openssl req -new -newkey rsa:2048 -nodes -keyout ear.key -out ear.csr -subj /C=DE/CN=ear',
      )
      await shell.expect(
        'openssl x509 -req -in ear.csr -CA rootCA.pem -CAkey rootCA.key -CAcreateserial -out ear.crt -days 365 -sha256',
      )
      const { endpoints } = server
      const ear = spawn(
        'stdbuf', // line by line, though it writes to a pipe
        [
          '-oL',
          'mosquitto_sub',
          '--cafile',
          endpoints.rootCaFile,
          '--cert',
          'ear.crt',
          '--key',
          'ear.key',
          '-h',
          endpoints.endpoint,
          '-p',
        ].concat(String(endpoints.mqttPort), '-q', '1', '-t', 'foo/#', '-C', '1', '-W', '60', '-d'),
        { cwd: shell.directory },
      )
      let heard = ''
      ear.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
      while (!heard.includes('SUBACK')) await once(ear.stdout, 'data')
      const ended = once(ear, 'exit')

      const { output, code } = await publish(certificate)
      expect(output).toContain('received CONNACK (0)')
      expect(output).toContain('received PUBACK')
      expect(code).toBe(0)
      await ended
      expect(heard).toContain('Hello')
      await expectProvisioned(await certificateIdOf('deviceCert.crt'), caCertificateId)
    },
  )

  it('closes the first connection and takes the second when the CA is tagged so', async () => {
    const caCertificateId = await prepare(everything, '--tags Key=muster:first-connection,Value=close')
    const first = await publish()
    expect(first.code).not.toBe(0)
    expect(first.output).not.toContain('received CONNACK')
    const second = await publish()
    expect(second.output).toContain('received PUBACK')
    expect(second.code).toBe(0)
    await expectProvisioned(await certificateIdOf('deviceCert.crt'), caCertificateId)
  })
})
