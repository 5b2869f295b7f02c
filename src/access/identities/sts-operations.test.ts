import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Caller } from '../../api/aws/caller.ts'
import { accountId, allow, deny, openTestAccount, policy, start, trusting } from './testing/test-account.ts'

const RoleArn = `arn:aws:iam::${accountId}:role/ops/deployer`
const rootArn = `arn:aws:iam::${accountId}:root`
const userArn = `arn:aws:iam::${accountId}:user/anna`
const input = { RoleArn, RoleSessionName: 'session-1' }
const mayAssume = allow('sts:AssumeRole', RoleArn)
const unrelated = allow('iot:*')
const refused = (code: string) => expect.objectContaining({ code })

type Account = Awaited<ReturnType<typeof openTestAccount>>

async function createRole({ iam }: Account, AssumeRolePolicyDocument: string) {
  await iam('CreateRole', { RoleName: 'deployer', Path: '/ops/', AssumeRolePolicyDocument })
  const PolicyDocument = policy(allow('iot:*'))
  await iam('PutRolePolicy', { RoleName: 'deployer', PolicyName: 'p', PolicyDocument })
}

const assume = async ({ sts, contextOf }: Account, caller: Caller, more: object = {}) =>
  await sts.AssumeRole({ ...input, ...more }, contextOf(caller))

it('tells callers who they are', async () => {
  await using account = await openTestAccount()
  expect(await account.sts.GetCallerIdentity({}, account.contextOf(account.root))).toEqual({
    UserId: accountId,
    Account: accountId,
    Arn: rootArn,
  })
})

it('gives temporary credentials of which only a hash of the token is kept', async () => {
  await using account = await openTestAccount()
  await createRole(account, trusting({ AWS: rootArn }))
  const { Credentials, AssumedRoleUser } = await assume(account, account.root)
  expect(AssumedRoleUser).toEqual({
    AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:session-1$/),
    Arn: `arn:aws:sts::${accountId}:assumed-role/deployer/session-1`,
  })
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials
  expect(Expiration).toEqual(new Date(start.getTime() + 3_600_000))
  expect(await account.identities.findCredential(AccessKeyId)).toEqual({
    accessKeyId: expect.stringMatching(/^ASIA/),
    secretAccessKey: SecretAccessKey,
    sessionTokenHash: createHash('sha256').update(SessionToken).digest('hex'),
    status: 'Active',
    expiresAt: Expiration,
    caller: {
      accountId,
      kind: 'assumed-role',
      arn: AssumedRoleUser.Arn,
      userId: AssumedRoleUser.AssumedRoleId,
      name: 'deployer',
      mfaAt: null,
    },
  })
  const rows = await account.store.read.selectFrom('iam_sessions').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(SessionToken)
})

it.each([
  ['the account, and its own policies allow', trusting({ AWS: rootArn }), mayAssume],
  ['the account id, and its own policies allow', trusting({ AWS: accountId }), mayAssume],
  ['the user itself', trusting({ AWS: userArn }), unrelated],
  [
    'the account when the external id fits',
    trusting({ AWS: rootArn }, { Condition: { StringEquals: { 'sts:ExternalId': 'x1' } } }),
    mayAssume,
  ],
  [
    'the account when the session name fits',
    trusting({ AWS: rootArn }, { Condition: { StringLike: { 'sts:RoleSessionName': 'session-*' } } }),
    mayAssume,
  ],
  [
    'the account when the address fits',
    trusting({ AWS: rootArn }, { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }),
    mayAssume,
  ],
])('lets a user assume a role that trusts %s', async (_, trust, statement) => {
  await using account = await openTestAccount()
  await createRole(account, trust)
  const caller = await account.signIn('anna', statement)
  expect(await assume(account, caller, { ExternalId: 'x1' })).toBeDefined()
})

it.each([
  ['a service only', trusting({ Service: 'iot.amazonaws.com' }), mayAssume],
  ['another user', trusting({ AWS: `${userArn}2` }), mayAssume],
  ['another account', trusting({ AWS: 'arn:aws:iam::111111111111:root' }), mayAssume],
  ['the account, while its own policies do not allow', trusting({ AWS: rootArn }), unrelated],
  [
    'the account, while its own policies allow another role',
    trusting({ AWS: rootArn }),
    allow('sts:AssumeRole', `${RoleArn}2`),
  ],
  ['the user itself, while its own policies deny', trusting({ AWS: userArn }), deny('sts:*')],
  [
    'all but the user',
    policy(
      { Effect: 'Allow', Principal: { AWS: rootArn }, Action: 'sts:AssumeRole' },
      { Effect: 'Deny', Principal: { AWS: userArn }, Action: 'sts:AssumeRole' },
    ),
    mayAssume,
  ],
  [
    'the account with another external id',
    trusting({ AWS: rootArn }, { Condition: { StringEquals: { 'sts:ExternalId': 'x2' } } }),
    mayAssume,
  ],
  [
    'those with multi-factor authentication',
    trusting({ AWS: rootArn }, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
    mayAssume,
  ],
])('refuses a user when the role trusts %s', async (_, trust, statement) => {
  await using account = await openTestAccount()
  await createRole(account, trust)
  const caller = await account.signIn('anna', statement)
  await expect(assume(account, caller, { ExternalId: 'x1' })).rejects.toThrow(
    expect.objectContaining({
      code: 'AccessDenied',
      message: `User: ${userArn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    }),
  )
  expect(await account.store.read.selectFrom('iam_sessions').selectAll().execute()).toEqual([])
})

it('refuses a role that is not there in the same words as one that trusts others', async () => {
  await using account = await openTestAccount()
  await expect(assume(account, account.root)).rejects.toThrow(refused('AccessDenied'))
})

it.each([
  ['longer than the role allows', { DurationSeconds: 3601 }, 'ValidationError'],
  ['with a malformed policy', { Policy: '{"Statement":1}' }, 'MalformedPolicyDocumentException'],
  [
    'with a policy that is too long',
    { Policy: policy(allow('iot:*', 'x'.repeat(2048))) },
    'PackedPolicyTooLargeException',
  ],
  [
    'with an unknown managed policy',
    { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/Unknown' }] },
    'ValidationError',
  ],
  [
    'with policies of two versions',
    {
      Policy: '{"Version":"2008-10-17","Statement":[]}',
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AWSIoTFullAccess' }],
    },
    'MalformedPolicyDocumentException',
  ],
  ['with session tags, which are not offered', { Tags: [{ Key: 'a', Value: 'b' }] }, 'ValidationError'],
  ['with a token code of no device', { TokenCode: '123456' }, 'ValidationError'],
])('refuses a session %s', async (_, more, code) => {
  await using account = await openTestAccount()
  await createRole(account, trusting({ AWS: rootArn }))
  await expect(assume(account, account.root, more)).rejects.toThrow(refused(code))
})

it('narrows a session by the policies given with the call', async () => {
  await using account = await openTestAccount()
  await createRole(account, trusting({ AWS: rootArn }))
  const { Credentials } = await assume(account, account.root, {
    Policy: policy(allow('iot:DescribeThing')),
    PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration' }],
  })
  const credential = await account.identities.findCredential(Credentials.AccessKeyId)
  const effect = async (action: string) =>
    (await account.identities.decide(credential!.caller, { action, resource: '*' })).effect
  expect(await effect('iot:DescribeThing')).toBe('allow')
  expect(await effect('iot:CreateThing')).toBe('allow')
  expect(await effect('iot:DeleteThing')).toBe('implicit-deny')
  expect(await effect('logs:PutLogEvents')).toBe('implicit-deny')
})

it('limits a role that is assumed by a role to one hour', async () => {
  await using account = await openTestAccount()
  await createRole(account, trusting({ AWS: rootArn }))
  await account.iam('UpdateRole', { RoleName: 'deployer', MaxSessionDuration: 43_200 })
  await account.iam('PutRolePolicy', {
    RoleName: 'deployer',
    PolicyName: 'a',
    PolicyDocument: policy(mayAssume),
  })
  const { Credentials } = await assume(account, account.root, { DurationSeconds: 43_200 })
  const session = await account.identities.findCredential(Credentials.AccessKeyId)
  await expect(assume(account, session!.caller, { DurationSeconds: 3601 })).rejects.toThrow(
    'exceeds the 1 hour session limit',
  )
  expect(await assume(account, session!.caller)).toBeDefined()
})

it('ends sessions with their role', async () => {
  await using account = await openTestAccount()
  await createRole(account, trusting({ AWS: rootArn }))
  const { Credentials } = await assume(account, account.root)
  expect(await account.identities.findCredential(Credentials.AccessKeyId)).toBeDefined()
  await account.iam('DeleteRolePolicy', { RoleName: 'deployer', PolicyName: 'p' })
  await account.iam('DeleteRole', { RoleName: 'deployer' })
  expect(await account.identities.findCredential(Credentials.AccessKeyId)).toBeUndefined()
})

it('forgets sessions a day after they expired', async () => {
  await using account = await openTestAccount()
  const context = account.contextOf(account.root)
  await account.sts.GetSessionToken({}, context)
  account.clock.now = new Date(start.getTime() + 24 * 3_600_000)
  await account.sts.GetSessionToken({}, context)
  account.clock.now = new Date(start.getTime() + 26 * 3_600_000)
  await account.sts.GetSessionToken({}, context)
  expect(await account.store.read.selectFrom('iam_sessions').selectAll().execute()).toHaveLength(2)
})

it('gives a user a session that may do the same, but nothing in IAM', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', allow(['iot:*', 'iam:*']))
  const { Credentials } = await account.sts.GetSessionToken({}, account.contextOf(caller))
  expect(Credentials.Expiration).toEqual(new Date(start.getTime() + 12 * 3_600_000))
  const session = await account.identities.findCredential(Credentials.AccessKeyId)
  expect(session!.caller).toMatchObject(caller)
  const effect = async (action: string) =>
    (await account.identities.decide(session!.caller, { action, resource: '*' })).effect
  expect(await effect('iot:CreateThing')).toBe('allow')
  expect(await effect('iam:PassRole')).toBe('allow')
  expect(await effect('iam:CreateUser')).toBe('implicit-deny')
  expect(await effect('sns:Publish')).toBe('implicit-deny')
  await expect(account.sts.GetSessionToken({}, account.contextOf(session!.caller))).rejects.toThrow(
    refused('AccessDenied'),
  )
})

it('gives root sessions of an hour at most, which may not use IAM either', async () => {
  await using account = await openTestAccount()
  const { Credentials } = await account.sts.GetSessionToken(
    { DurationSeconds: 43_200 },
    account.contextOf(account.root),
  )
  expect(Credentials.Expiration).toEqual(new Date(start.getTime() + 3_600_000))
  const session = await account.identities.findCredential(Credentials.AccessKeyId)
  await expect(account.iam('CreateUser', { UserName: 'anna' }, session!.caller)).rejects.toThrow(
    'because no session policy allows the iam:CreateUser action',
  )
})
