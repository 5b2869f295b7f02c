/** Devices that ask for credentials, with real policies, things, roles, and sessions. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, type TestCertificate } from '../../../test/helpers/certificates.ts'
import { accountId, openFleet, region, type Fleet } from '../../../test/helpers/fleet.ts'
import {
  createDeviceAuthorizer,
  iotPoliciesOperations,
  type DeviceAuthorizer,
} from '../iot-policies/index.ts'
import { findCertificate } from '../../pki/certificates/index.ts'
import { thingTypesOperations } from '../../registry/thing-types/index.ts'
import { thingsOperations } from '../../registry/things/index.ts'
import { createCredentialProvider, type CredentialProvider } from './credential-provider.ts'
import { roleAliasesOperations } from './operations.ts'

const roleArn = `arn:aws:iam::${accountId}:role/lamp-role`
const arn = (resource: string) => `arn:aws:iot:${region}:${accountId}:${resource}`
const mayAssume = {
  Effect: 'Allow',
  Action: 'iot:AssumeRoleWithCertificate',
  Resource: arn('rolealias/lamps'),
}
const trusting = (Service: string, more: object = {}) => ({
  Effect: 'Allow',
  Principal: { Service },
  Action: 'sts:AssumeRole',
  ...more,
})
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

let stack: AsyncDisposableStack
let fleet: Fleet
let authorizer: DeviceAuthorizer
let provider: CredentialProvider
let device: TestCertificate
let certificateArn: string

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  fleet = stack.use(await openFleet())
  authorizer = stack.use(createDeviceAuthorizer(fleet))
  provider = createCredentialProvider({ ...fleet, record: (entry) => fleet.entries.push(entry) })
  device = makeCa().issue()
  await fleet.certificates.RegisterCertificateWithoutCA(
    { certificatePem: device.certificatePem, status: 'ACTIVE' },
    fleet.context,
  )
  certificateArn = arn(`cert/${device.certificateId}`)
})
afterEach(() => stack.disposeAsync())

async function setUpRole(
  trust = trusting('credentials.iot.amazonaws.com'),
  more: object = {},
): Promise<void> {
  const { iam, context } = fleet
  const AssumeRolePolicyDocument = policyOf(trust)
  await iam.CreateRole({ RoleName: 'lamp-role', AssumeRolePolicyDocument, ...more }, context)
}

async function grantRole(statement: object): Promise<void> {
  const PolicyDocument = policyOf(statement)
  await fleet.iam.PutRolePolicy({ RoleName: 'lamp-role', PolicyName: 'own', PolicyDocument }, fleet.context)
}

const setUpAlias = (more: object = {}) =>
  roleAliasesOperations(fleet).CreateRoleAlias({ roleAlias: 'lamps', roleArn, ...more }, fleet.context)

async function allowDevice(statement: object = mayAssume): Promise<void> {
  const policies = iotPoliciesOperations(fleet)
  const policyName = `policy-${Math.trunc(performance.now() * 1000)}`
  await policies.CreatePolicy({ policyName, policyDocument: policyOf(statement) }, fleet.context)
  await policies.AttachPolicy({ policyName, target: certificateArn }, fleet.context)
}

async function attachThing(thingName: string, thingTypeName?: string): Promise<void> {
  const types = thingTypesOperations({ ...fleet, hasThingsOfType: async () => false })
  if (thingTypeName !== undefined) await types.CreateThingType({ thingTypeName }, fleet.context)
  const things = thingsOperations({ ...fleet, principalExists: async () => true })
  await things.CreateThing(
    { thingName, ...(thingTypeName !== undefined && { thingTypeName }) },
    fleet.context,
  )
  await things.AttachThingPrincipal({ thingName, principal: certificateArn }, fleet.context)
}

async function ask(thingName?: string, target = '/role-aliases/lamps/credentials', method = 'GET') {
  const { certificateId } = device
  const certificate = (await findCertificate(fleet.store.read, accountId, certificateId))!
  const request = { accountId, certificate, sourceIp: '192.0.2.7', protocol: 'http' } as const
  using authorization = await authorizer.open(request)
  const { status, headers, body } = await provider.answer(
    { method, target, headers: thingName === undefined ? {} : { 'x-amzn-iot-thingname': thingName } },
    {
      accountId,
      region,
      principal: certificateId,
      sourceIp: '192.0.2.7',
      decide: (...question) => authorization.decide(...question),
    },
  )
  return { status, headers, body: JSON.parse(body) as Record<string, Record<string, string>> }
}

/** What the credentials may do. */
async function mayDo(credentials: Record<string, string>, action: string, resource: string): Promise<string> {
  const credential = await fleet.identities.findCredential(credentials['accessKeyId']!)
  return (await fleet.identities.decide(credential!.caller, { action, resource })).effect
}

async function setUpAll(): Promise<void> {
  await setUpRole()
  await setUpAlias()
  await allowDevice()
}

describe('a device', () => {
  it('is given credentials of the role', async () => {
    await setUpAll()
    const { status, headers, body } = await ask()
    expect([status, headers['content-type']]).toEqual([200, 'application/json'])
    expect(body).toEqual({
      credentials: {
        accessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/) as string,
        secretAccessKey: expect.stringMatching(/^.{40}$/) as string,
        sessionToken: expect.any(String) as string,
        expiration: new Date(fleet.clock.now.getTime() + 3_600_000).toISOString().replace(/\.\d+Z/, 'Z'),
      },
    })
    const credential = await fleet.identities.findCredential(body['credentials']!['accessKeyId']!)
    expect(credential).toMatchObject({
      secretAccessKey: body['credentials']!['secretAccessKey'],
      caller: { arn: `arn:aws:sts::${accountId}:assumed-role/lamp-role/${device.certificateId}` },
    })
  })

  it('finds it in the journal, without any secret', async () => {
    await setUpAll()
    const { body } = await ask()
    const { certificateId } = device
    expect(fleet.entries.at(-1)).toMatchObject({
      code: 'credentials-issued',
      certificateId,
      details: { roleArn },
    })
    for (const secret of ['secretAccessKey', 'sessionToken'])
      expect(JSON.stringify(fleet.entries)).not.toContain(body['credentials']![secret])
  })

  it.each([900, 43_200])('gets credentials for %i seconds when the role lets it', async (seconds) => {
    await setUpRole(undefined, { MaxSessionDuration: 43_200 })
    await setUpAlias({ credentialDurationSeconds: seconds })
    await allowDevice()
    const { body } = await ask()
    const left = Date.parse(body['credentials']!['expiration']!) - fleet.clock.now.getTime()
    expect(Math.ceil(left / 1000)).toBe(seconds)
  })

  it('tells policies of the role which thing it is', async () => {
    await attachThing('lamp-1', 'lamp')
    await setUpAll()
    const named =
      '${credentials-iot:ThingTypeName}/${credentials-iot:ThingName}/${credentials-iot:AwsCertificateId}'
    await grantRole({ Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::bucket/${named}` })
    const { body } = await ask('lamp-1')
    const own = `arn:aws:s3:::bucket/lamp/lamp-1/${device.certificateId}`
    expect(await mayDo(body['credentials']!, 's3:PutObject', own)).toBe('allow')
    const ofOther = `arn:aws:s3:::bucket/lamp/lamp-2/${device.certificateId}`
    expect(await mayDo(body['credentials']!, 's3:PutObject', ofOther)).toBe('implicit-deny')
    const nameless = await ask()
    expect(await mayDo(nameless.body['credentials']!, 's3:PutObject', own)).toBe('implicit-deny')
  })

  it('may be allowed by which thing it is', async () => {
    await attachThing('lamp-1')
    await attachThing('lamps')
    await setUpRole()
    await setUpAlias()
    await allowDevice({ ...mayAssume, Resource: arn('rolealias/${credentials-iot:ThingName}') })
    expect((await ask('lamps')).status).toBe(200)
    expect((await ask('lamp-1')).status).toBe(403)
    expect((await ask()).status).toBe(403)
  })

  it('is trusted for this alias when the role asks where it comes from', async () => {
    const here = { 'aws:SourceArn': arn('rolealias/lamps'), 'aws:SourceAccount': accountId }
    await setUpRole(trusting('credentials.iot.amazonaws.com', { Condition: { StringEquals: here } }))
    await setUpAlias()
    await allowDevice()
    expect((await ask()).status).toBe(200)
  })

  it('may write the name of the alias percent-encoded', async () => {
    await setUpAll()
    expect((await ask(undefined, '/role-aliases/l%61mps/credentials?x=1')).status).toBe(200)
  })
})

const invalidThing = [403, { message: 'Invalid thing name passed' }, 'AccessDeniedException']
const denied = [403, { message: 'Access Denied' }, 'AccessDeniedException']
const noAlias = [404, { message: 'Role alias does not exist' }, 'ResourceNotFoundException']
const noRole = [
  400,
  { message: 'Unable to assume the role, or the role to assume does not exist' },
  'InvalidRequestException',
]
const tooLong = [
  400,
  { message: 'The requested CredentialDurationSeconds exceeds the MaxSessionDuration set for the role' },
  'InvalidRequestException',
]

describe('a device is refused', () => {
  const elsewhere = { StringEquals: { 'aws:SourceArn': arn('rolealias/others') } }
  it.each<[string, () => Promise<unknown>, string | undefined, unknown[]]>([
    ['and nothing is set up', async () => {}, 'lamp-1', invalidThing],
    ['as its thing is not there, whatever else is', setUpAll, 'lamp-1', invalidThing],
    ['as its thing has no name', setUpAll, '', invalidThing],
    ['as no policy allows it', async () => [await setUpRole(), await setUpAlias()], undefined, denied],
    [
      'as a policy allows another alias',
      async () => [
        await setUpAlias(),
        await allowDevice({ ...mayAssume, Resource: arn('rolealias/others') }),
      ],
      undefined,
      denied,
    ],
    [
      'as a policy forbids it',
      async () => [await setUpAll(), await allowDevice({ ...mayAssume, Effect: 'Deny' })],
      undefined,
      denied,
    ],
    [
      'as the policy wants a thing to be named',
      async () => {
        await setUpRole()
        await setUpAlias()
        const Condition = { StringLike: { 'credentials-iot:ThingName': '*' } }
        await allowDevice({ ...mayAssume, Condition })
      },
      undefined,
      denied,
    ],
    ['as there is no such alias', async () => [await setUpRole(), await allowDevice()], undefined, noAlias],
    ['as there is no such role', async () => [await setUpAlias(), await allowDevice()], undefined, noRole],
    [
      'as the role trusts another service',
      async () => [await setUpRole(trusting('iot.amazonaws.com')), await setUpAlias(), await allowDevice()],
      undefined,
      noRole,
    ],
    [
      'as the role trusts another alias',
      async () => {
        await setUpRole(trusting('credentials.iot.amazonaws.com', { Condition: elsewhere }))
        await setUpAlias()
        await allowDevice()
      },
      undefined,
      noRole,
    ],
    [
      'as the credentials would last longer than the role lets them',
      async () => [
        await setUpRole(),
        await setUpAlias({ credentialDurationSeconds: 3601 }),
        await allowDevice(),
      ],
      undefined,
      tooLong,
    ],
  ])('%s', async (_, setUp, thingName, [status, body, type]) => {
    await setUp()
    const answer = await ask(thingName)
    expect([answer.status, answer.body, answer.headers['x-amzn-ErrorType']]).toEqual([status, body, type])
    const sessions = await fleet.store.read.selectFrom('iam_sessions').selectAll().execute()
    expect(sessions).toEqual([])
    expect(fleet.entries.at(-1)).toMatchObject({
      code: 'credentials-denied',
      certificateId: device.certificateId,
      sourceIp: '192.0.2.7',
      details: { roleAlias: 'lamps', error: (body as { message: string }).message },
    })
  })

  it('when it names a thing of another device', async () => {
    await setUpAll()
    const own = certificateArn
    certificateArn = arn(`cert/${'f'.repeat(64)}`)
    await attachThing('lamp-2')
    certificateArn = own
    expect((await ask('lamp-2')).body).toEqual({ message: 'Invalid thing name passed' })
  })

  it.each(['POST', 'PUT', 'DELETE', 'HEAD'])('when it asks with %s', async (method) => {
    await setUpAll()
    expect((await ask(undefined, undefined, method)).status).toBe(405)
  })

  it.each(['%ff', 'a%2Fb', 'a'.repeat(129), '%20', '..'])('when the alias is called %s', async (name) => {
    await setUpAll()
    await allowDevice({ ...mayAssume, Resource: '*' })
    expect((await ask(undefined, `/role-aliases/${name}/credentials`)).body).toEqual({
      message: 'Role alias does not exist',
    })
  })

  it('with a note of what to mend, once a minute for the same', async () => {
    await setUpAlias()
    await ask()
    await ask()
    expect(fleet.entries).toHaveLength(1)
    expect(fleet.entries[0]!.details).toMatchObject({
      action: 'iot:AssumeRoleWithCertificate',
      resource: arn('rolealias/lamps'),
      decision: expect.stringContaining('iot:AssumeRoleWithCertificate') as string,
      suggestion: expect.stringContaining('iot:AssumeRoleWithCertificate') as string,
    })
    fleet.clock.now = new Date(fleet.clock.now.getTime() + 60_000)
    await ask()
    expect(fleet.entries).toHaveLength(2)
  })
})

it.each([
  ['/role-aliases/lamps/credentials', true],
  ['/role-aliases/lamps/credentials/', false],
  ['/role-aliases//credentials', false],
  ['/role-aliases/lamps', false],
  ['/role-aliases/a/b/credentials', false],
  ['/v1/role-aliases/lamps/credentials', false],
  ['/topics/role-aliases/lamps/credentials', false],
])('says of %s whether it is its own: %s', (path, isOwn) => {
  expect(provider.takes({ path })).toBe(isOwn)
})

it('refuses a device that asks in a loop, for a minute, and keeps nothing for it', async () => {
  await setUpRole()
  await setUpAlias()
  await allowDevice()
  const statuses: number[] = []
  for (let times = 0; times < 62; times++) statuses.push((await ask()).status)
  expect(statuses).toEqual([...Array.from({ length: 60 }, () => 200), 429, 429])
  const sessions = await fleet.store.read.selectFrom('iam_sessions').select('access_key_id').execute()
  expect(sessions).toHaveLength(60)
  expect(fleet.entries.filter(({ code }) => code === 'credentials-denied')).toHaveLength(1)
  fleet.clock.now = new Date(fleet.clock.now.getTime() + 60_000)
  expect((await ask()).status).toBe(200)
})
