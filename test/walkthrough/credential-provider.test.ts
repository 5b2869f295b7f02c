/**
 * "Authorizing direct calls to AWS services using AWS IoT Core credential provider" (AWS IoT Developer Guide), command
 * by command with the real aws, openssl, and curl; only the endpoints differ.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateRoleAliasCommand,
  CreateThingCommand,
  DeleteRoleAliasCommand,
  DescribeEndpointCommand,
  IoTClient,
  ListThingsCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServerProcess, type ServerProcess } from '../helpers/server.ts'
import { lacks } from '../helpers/programs.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'

let server: ServerProcess
let shell: Shell
beforeAll(async () => {
  server = await startServerProcess()
  const printed = openShell({})
  const exports = await printed.expect(`muster env --data-dir ${server.dataDir}`)
  printed[Symbol.dispose]()
  shell = openShell(parseExports(exports))
})
afterAll(async () => {
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const account = '000000000000'

const documents = {
  'trustpolicyforiot.json': {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'credentials.iot.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  },
  'accesspolicyforthing.json': {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 'iot:DescribeThing',
      Resource: `arn:aws:iot:us-east-1:${account}:thing/\${credentials-iot:ThingName}`,
    },
  },
  'thingpolicy.json': {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 'iot:AssumeRoleWithCertificate',
      Resource: `arn:aws:iot:us-east-1:${account}:rolealias/Thermostat-dynamodb-access-role-alias`,
    },
  },
}

/** As the guide has it: a certificate that is ACTIVE and attached to a thing; a role, and an alias of it; the policy. */
async function followGuide(): Promise<void> {
  for (const [name, document] of Object.entries(documents))
    writeFileSync(join(shell.directory, name), JSON.stringify(document))
  await shell.expect('aws iot create-thing --thing-name thermostat-1')
  const certificateArn = await shell.expect(
    'aws iot create-keys-and-certificate --set-as-active --certificate-pem-outfile cert.pem --private-key-outfile cert.key --query certificateArn --output text',
  )
  await shell.expect(`aws iot attach-thing-principal --thing-name thermostat-1 --principal ${certificateArn}`)
  await shell.expect(
    'aws iam create-role --role-name dynamodb-access-role --assume-role-policy-document file://trustpolicyforiot.json',
  )
  await shell.expect(
    'aws iam put-role-policy --role-name dynamodb-access-role --policy-name own --policy-document file://accesspolicyforthing.json',
  )
  await shell.expect(
    `aws iot create-role-alias --role-alias Thermostat-dynamodb-access-role-alias --role-arn arn:aws:iam::${account}:role/dynamodb-access-role --credential-duration-seconds 3600`,
  )
  await shell.expect(
    'aws iot create-policy --policy-name Thermostat-assume-role-policy --policy-document file://thingpolicy.json',
  )
  await shell.expect(
    `aws iot attach-policy --policy-name Thermostat-assume-role-policy --target ${certificateArn}`,
  )
}

interface Device {
  /** Of its thing; of its role, its alias, and its policy too. */
  name: string
  certificateArn: string
  certificateId: string
}

/** The same by the SDK, under a name of its own, and without the policy. */
async function prepare(name: string): Promise<Device> {
  const { iot, iam } = server
  await iot.send(new CreateThingCommand({ thingName: name }))
  const made = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const { certificateArn = '', certificateId = '' } = made
  writeFileSync(join(shell.directory, `${name}.pem`), made.certificatePem!)
  writeFileSync(join(shell.directory, `${name}.key`), made.keyPair!.PrivateKey!)
  await iot.send(new AttachThingPrincipalCommand({ thingName: name, principal: certificateArn }))
  const AssumeRolePolicyDocument = JSON.stringify(documents['trustpolicyforiot.json'])
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }))
  const PolicyDocument = JSON.stringify(documents['accesspolicyforthing.json'])
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'own', PolicyDocument }))
  await iot.send(new CreateRoleAliasCommand({ roleAlias: name, roleArn: Role!.Arn! }))
  return { name, certificateArn, certificateId }
}

async function allow({ name, certificateArn }: Device): Promise<void> {
  const Resource = `arn:aws:iot:us-east-1:${account}:rolealias/${name}`
  const statement = { ...documents['thingpolicy.json'].Statement, Resource }
  const policyDocument = JSON.stringify({ ...documents['thingpolicy.json'], Statement: statement })
  await server.iot.send(new CreatePolicyCommand({ policyName: name, policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: name, target: certificateArn }))
}

/** What curl prints: the answer, and its status. */
async function ask({ name }: Device, thingName?: string): Promise<[string, unknown]> {
  const endpointType = 'iot:CredentialProvider'
  const { endpointAddress } = await server.iot.send(new DescribeEndpointCommand({ endpointType }))
  return curl(`host=${endpointAddress}`, { name, alias: name, thingName })
}

interface Asked {
  /** Of the files of certificate and key. */
  name: string
  alias: string
  thingName?: string | undefined
}

async function curl(setHost: string, { name, alias, thingName }: Asked): Promise<[string, unknown]> {
  const header = thingName === undefined ? '' : `-H "x-amzn-iot-thingname: ${thingName}"`
  const output = await shell.expect(
    `${setHost}
     curl -s -w '\\n%{http_code}' --cert ${name}.pem --key ${name}.key ${header} --cacert $MUSTER_ROOT_CA https://$host:$MUSTER_HTTPS_PORT/role-aliases/${alias}/credentials`,
  )
  const [body = '', status = ''] = output.trim().split('\n')
  return [status, JSON.parse(body)]
}

describe.skipIf(lacks('aws', 'curl'))('the credential provider', () => {
  it('gives a device credentials that work, and for its own thing alone', async () => {
    await followGuide()
    const describe = 'aws iot describe-endpoint --endpoint-type iot:CredentialProvider'
    const [status, body] = await curl(`host=$(${describe} --query endpointAddress --output text)`, {
      name: 'cert',
      alias: 'Thermostat-dynamodb-access-role-alias',
      thingName: 'thermostat-1',
    })
    expect(status).toBe('200')
    const { credentials, ...rest } = body as { credentials: Record<string, string> }
    expect(rest).toEqual({})
    expect(Object.keys(credentials)).toEqual(['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration'])
    expect(credentials['expiration']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

    const session = openShell({
      AWS_ENDPOINT_URL: server.endpoints.apiUrl,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials['accessKeyId']!,
      AWS_SECRET_ACCESS_KEY: credentials['secretAccessKey']!,
      AWS_SESSION_TOKEN: credentials['sessionToken']!,
    })
    try {
      const query = '--query thingName --output text'
      expect(await session.expect(`aws iot describe-thing --thing-name thermostat-1 ${query}`)).toBe(
        'thermostat-1\n',
      )
      const other = await session.run('aws iot describe-thing --thing-name thermostat-2')
      expect(other.output).toContain('AccessDenied')
    } finally {
      session[Symbol.dispose]()
    }
  })

  it('gives credentials with which the SDK is the role', async () => {
    const device = await prepare('thermostat-2')
    await allow(device)
    const [, body] = await ask(device)
    const { accessKeyId, secretAccessKey, sessionToken } = (body as { credentials: Record<string, string> })
      .credentials as { accessKeyId: string; secretAccessKey: string; sessionToken: string }
    const options = { endpoint: server.endpoints.apiUrl, region: 'us-east-1', maxAttempts: 1 }
    const credentials = { accessKeyId, secretAccessKey, sessionToken }
    const { Arn } = await new STSClient({ ...options, credentials }).send(new GetCallerIdentityCommand({}))
    expect(Arn).toMatch(/^arn:aws:sts::000000000000:assumed-role\/thermostat-2\/[0-9a-f]{64}$/)
    const denied = new IoTClient({ ...options, credentials }).send(new ListThingsCommand({}))
    await expect(denied).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const forged = new STSClient({ ...options, credentials: { ...credentials, sessionToken: 'forged' } })
    const refused = { name: 'InvalidClientTokenId' }
    await expect(forged.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject(refused)
  })

  it('refuses with the words of AWS, and the journal says why', async () => {
    const device = await prepare('thermostat-3')
    expect(await ask(device, 'thermostat-x')).toEqual(['403', { message: 'Invalid thing name passed' }])
    expect(await ask(device)).toEqual(['403', { message: 'Access Denied' }])
    expect((await server.report(device.certificateId)).entries.at(-1)).toMatchObject({
      code: 'credentials-denied',
      details: { action: 'iot:AssumeRoleWithCertificate' },
    })
    await allow(device)
    expect((await ask(device))[0]).toBe('200')
    await server.iot.send(new DeleteRoleAliasCommand({ roleAlias: device.name }))
    expect(await ask(device)).toEqual(['404', { message: 'Role alias does not exist' }])
  })

  it('gives nothing to a device that is not ACTIVE any more', async () => {
    const device = await prepare('thermostat-4')
    await allow(device)
    const { certificateId } = device
    await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
    await expect(ask(device)).rejects.toThrow('ended with 52') // an empty reply
  })
})
