/**
 * The published JITR walkthroughs, command by command, with the real aws, openssl, and mosquitto_pub: a CA without a
 * template, a rule, a function that activates devices, and every switch along the way.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { startServerProcess, type ServerProcess } from '../helpers/server.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'
import { patienceMs } from '../helpers/patience.ts'

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

const json = async (command: string) => JSON.parse(await shell.expect(command)) as Record<string, never>
const text = async (command: string) => (await shell.expect(`${command} --output text`)).trim()

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await condition())) if (Date.now() > deadline) throw new Error(await describeState())
}

/** For a person who reads why the test failed. */
async function describeState(): Promise<string> {
  const { output } = await shell.run(
    'aws logs filter-log-events --log-group-name /aws/lambda/activate; muster explain $(aws iot list-certificates --query certificates[0].certificateId --output text)',
  )
  return `it did not come to pass within 30 s\n${output}\n${server.output()}`
}

const trust = (service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  })

const functionRights = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: 'arn:aws:logs:*:*:*',
    },
    {
      Effect: 'Allow',
      Action: ['iot:UpdateCertificate', 'iot:CreatePolicy', 'iot:AttachPrincipalPolicy'],
      Resource: '*',
    },
  ],
})

async function registerCaStepByStep(): Promise<string> {
  await shell.expect('openssl genrsa -out sampleCACertificate.key 2048')
  await shell.expect(
    'openssl req -x509 -new -nodes -key sampleCACertificate.key -sha256 -days 365 -subj "/O=Example/CN=Sample CA" -out sampleCACertificate.pem',
  )
  const code = await text('aws iot get-registration-code --query registrationCode')
  await shell.expect('openssl genrsa -out privateKeyVerification.key 2048')
  await shell.expect(
    `openssl req -new -key privateKeyVerification.key -subj /CN=${code} -out privateKeyVerification.csr`,
  )
  await shell.expect(
    'openssl x509 -req -in privateKeyVerification.csr -CA sampleCACertificate.pem -CAkey sampleCACertificate.key -CAcreateserial -out privateKeyVerification.crt -days 365 -sha256',
  )
  const id = await text(
    'aws iot register-ca-certificate --ca-certificate file://sampleCACertificate.pem --verification-cert file://privateKeyVerification.crt --query certificateId',
  )
  const described = () => json(`aws iot describe-ca-certificate --certificate-id ${id}`)
  expect(await described()).toMatchObject({
    certificateDescription: { status: 'INACTIVE', autoRegistrationStatus: 'DISABLE' },
  })
  await shell.expect(`aws iot update-ca-certificate --certificate-id ${id} --new-status ACTIVE`)
  await shell.expect(
    `aws iot update-ca-certificate --certificate-id ${id} --new-auto-registration-status ENABLE`,
  )
  expect(await described()).toMatchObject({
    certificateDescription: { status: 'ACTIVE', autoRegistrationStatus: 'ENABLE' },
  })
  return id
}

async function createFunctionAndRule(caCertificateId: string): Promise<void> {
  copyFileSync('docs/examples/activate-device-v2.js', join(shell.directory, 'index.js'))
  await shell.expect('python3 -m zipfile -c function.zip index.js')
  const role = await text(
    `aws iam create-role --role-name lambda-jitr --assume-role-policy-document '${trust('lambda.amazonaws.com')}' --query Role.Arn`,
  )
  await shell.expect(
    `aws iam put-role-policy --role-name lambda-jitr --policy-name rights --policy-document '${functionRights}'`,
  )
  const functionArn = await text(
    `aws lambda create-function --function-name activate --runtime nodejs20.x --handler index.handler --timeout 30 --role ${role} --zip-file fileb://function.zip --query FunctionArn`,
  )
  const rule = {
    sql: `SELECT * FROM '$aws/events/certificates/registered/${caCertificateId}'`,
    awsIotSqlVersion: '2016-03-23',
    actions: [{ lambda: { functionArn } }],
  }
  writeFileSync(join(shell.directory, 'rule.json'), JSON.stringify(rule))
  await shell.expect('aws iot create-topic-rule --rule-name jitr --topic-rule-payload file://rule.json')
  const ruleArn = await text('aws iot get-topic-rule --rule-name jitr --query ruleArn')
  await shell.expect(
    `aws lambda add-permission --function-name activate --statement-id iot --principal iot.amazonaws.com --source-arn ${ruleArn} --source-account 000000000000 --action lambda:InvokeFunction`,
  )
}

/** Resolves with the certificate's id. */
async function makeDevice(name: string): Promise<string> {
  await shell.expect(`openssl genrsa -out ${name}.key 2048`)
  await shell.expect(`openssl req -new -key ${name}.key -subj "/C=US/O=Example" -out ${name}.csr`)
  await shell.expect(
    `openssl x509 -req -in ${name}.csr -CA sampleCACertificate.pem -CAkey sampleCACertificate.key -CAcreateserial -out ${name}.crt -days 365 -sha256`,
  )
  await shell.expect(`cat ${name}.crt sampleCACertificate.pem > ${name}AndCACert.crt`)
  return (await shell.expect(`openssl x509 -in ${name}.crt -outform der | sha256sum | cut -d' ' -f1`)).trim()
}

const publish = (name: string, id: string) =>
  shell.run(
    `mosquitto_pub --cafile $MUSTER_ROOT_CA --cert ${name}AndCACert.crt --key ${name}.key -h $MUSTER_ENDPOINT -p $MUSTER_MQTT_PORT -q 1 -t foo/bar/${id}/x -i ${id} --tls-version tlsv1.2 -m Hello -d`,
  )

it.skipIf(lacks('aws', 'openssl', 'mosquitto_pub', 'python3'))('the JITR walkthrough', async () => {
  const caCertificateId = await registerCaStepByStep()
  await createFunctionAndRule(caCertificateId)
  const id = await makeDevice('deviceCert')
  const statusOf = (certificateId: string) =>
    text(
      `aws iot describe-certificate --certificate-id ${certificateId} --query certificateDescription.status`,
    )

  const first = await publish('deviceCert', id)
  expect(first.code).not.toBe(0)
  expect(first.output).not.toContain('received CONNACK')
  await until(async () => (await statusOf(id)) === 'ACTIVE')
  const second = await publish('deviceCert', id)
  expect(second.output).toContain('received PUBACK')
  await until(async () =>
    (await shell.run('aws logs filter-log-events --log-group-name /aws/lambda/activate')).output.includes(
      'REPORT',
    ),
  )

  const live = spawn(
    'mosquitto_sub',
    [
      '--cafile',
      server.endpoints.rootCaFile,
      '--cert',
      'deviceCertAndCACert.crt',
      '--key',
      'deviceCert.key',
    ].concat(
      '-h',
      server.endpoints.endpoint,
      '-p',
      String(server.endpoints.mqttPort),
      '-i',
      id,
      '-t',
      `foo/bar/${id}/#`,
      '-d',
      '--quiet',
    ),
    { cwd: shell.directory },
  )
  await until(async () => (await shell.expect(`muster explain ${id}`)).split('  connected  ').length === 3)
  const closed = once(live, 'exit')
  await shell.expect(`aws iot update-certificate --certificate-id ${id} --new-status INACTIVE`)
  await until(async () => (await shell.expect(`muster explain ${id}`)).includes('certificate-inactive'))
  live.kill()
  await closed
  expect((await publish('deviceCert', id)).code).not.toBe(0)
  await shell.expect(`aws iot update-certificate --certificate-id ${id} --new-status REVOKED`)
  expect((await publish('deviceCert', id)).code).not.toBe(0)
  expect(await shell.expect(`muster explain ${id}`)).toContain('certificate-revoked')

  await shell.expect(
    `aws iot update-ca-certificate --certificate-id ${caCertificateId} --new-auto-registration-status DISABLE`,
  )
  const late = await makeDevice('lateDevice')
  expect((await publish('lateDevice', late)).code).not.toBe(0)
  expect(await shell.expect(`muster explain ${late}`)).toContain('auto-registration-off')
  expect(
    (await shell.run(`aws iot delete-ca-certificate --certificate-id ${caCertificateId}`)).output,
  ).toContain('CertificateStateException')
  await shell.expect(
    `aws iot update-ca-certificate --certificate-id ${caCertificateId} --new-status INACTIVE`,
  )
  await shell.expect(`aws iot delete-ca-certificate --certificate-id ${caCertificateId}`)
})
