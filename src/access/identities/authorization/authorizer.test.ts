import { expect, it } from 'vitest'
import type { Caller } from '../../../api/aws/caller.ts'
import { roleCaller, rootCaller } from '../credentials/callers.ts'
import { accountId, allow, deny, openTestAccount, policy, trusting } from '../testing/test-account.ts'

const thing = `arn:aws:iot:us-east-1:${accountId}:thing/lamp`
const createThing = { action: 'iot:CreateThing', resource: thing }

it('allows root everything', async () => {
  await using account = await openTestAccount()
  expect(await account.identities.decide(rootCaller(accountId), createThing)).toMatchObject({
    effect: 'allow',
  })
})

it.each([
  ['nothing granted', allow('iot:DescribeThing'), 'implicit-deny'],
  ['another resource', allow('iot:CreateThing', thing.replace('lamp', 'lock')), 'implicit-deny'],
  ['another account', allow('iot:*', 'arn:aws:iot:us-east-1:111111111111:*'), 'implicit-deny'],
  [
    'a condition that fails',
    allow('*', '*', { Condition: { StringEquals: { 'aws:username': 'berta' } } }),
    'implicit-deny',
  ],
  [
    'a condition on what is not known',
    allow('*', '*', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
    'implicit-deny',
  ],
  ['a denial', deny('iot:*'), 'explicit-deny'],
  ['the action', allow('iot:CreateThing'), 'allow'],
  [
    'the resource by the name of the user',
    allow('iot:*', 'arn:aws:iot:*:*:thing/${aws:username}'),
    'implicit-deny',
  ],
  [
    'a condition that holds',
    allow('*', '*', { Condition: { StringEquals: { 'AWS:UserName': 'anna' } } }),
    'allow',
  ],
] as const)('decides by the own policy of a user: %s', async (_, statement, effect) => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', statement)
  expect(await account.identities.decide(caller, createThing)).toMatchObject({ effect })
})

it.each([
  ['aws:PrincipalArn', `arn:aws:iam::${accountId}:user/anna`],
  ['aws:PrincipalType', 'User'],
  ['aws:PrincipalAccount', accountId],
  ['aws:PrincipalTag/team', 'lamps'],
  ['aws:SourceIp', '192.0.2.1'],
  ['iam:PassedToService', 'iot.amazonaws.com'],
])('knows %s as %s', async (key, value) => {
  await using account = await openTestAccount()
  const caller = await account.signIn(
    'anna',
    allow('*', '*', { Condition: { StringEquals: { [key]: value } } }),
  )
  await account.iam('TagUser', { UserName: 'anna', Tags: [{ Key: 'Team', Value: 'lamps' }] })
  const conditions = { 'aws:SourceIp': '192.0.2.1', 'iam:PassedToService': 'iot.amazonaws.com' }
  expect(await account.identities.decide(caller, { ...createThing, conditions })).toMatchObject({
    effect: 'allow',
  })
})

it('does not let a request pretend to be somebody else by its conditions', async () => {
  await using account = await openTestAccount()
  const statement = allow('*', '*', { Condition: { StringEquals: { 'aws:username': 'berta' } } })
  const caller = await account.signIn('anna', statement)
  const conditions = { 'aws:username': 'berta', 'AWS:USERNAME': 'berta' }
  expect(await account.identities.decide(caller, { ...createThing, conditions })).toMatchObject({
    effect: 'implicit-deny',
  })
})

it('lets grants end with the time that they name', async () => {
  await using account = await openTestAccount()
  const until = { Condition: { DateLessThan: { 'aws:CurrentTime': '2026-01-03T00:00:00Z' } } }
  const caller = await account.signIn('anna', allow('iot:*', '*', until))
  expect(await account.identities.decide(caller, createThing)).toMatchObject({ effect: 'allow' })
  account.clock.now = new Date('2026-01-03T00:00:01Z')
  expect(await account.identities.decide(caller, createThing)).toMatchObject({ effect: 'implicit-deny' })
})

it('says who may not do what to what, and why', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', deny('iot:DeleteThing'))
  const start = `User: arn:aws:iam::${accountId}:user/anna is not authorized to perform: `
  await expect(account.identities.authorize(caller, createThing)).rejects.toThrow(
    expect.objectContaining({
      code: 'AccessDeniedException',
      message: `${start}iot:CreateThing on resource: ${thing} because no identity-based policy allows the iot:CreateThing action`,
    }),
  )
  await expect(
    account.identities.authorize(caller, { action: 'iot:DeleteThing', resource: thing }),
  ).rejects.toThrow(
    `${start}iot:DeleteThing on resource: ${thing} with an explicit deny in an identity-based policy`,
  )
})

it('counts the policies of a user, of its groups, and attached ones, from the next request on', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', allow('sns:Publish'))
  const effect = async () => (await account.identities.decide(caller, createThing)).effect
  const inGroup = { UserName: 'anna', GroupName: 'ops' }
  const inline = { GroupName: 'ops', PolicyName: 'p' }
  const created = await account.iam('CreatePolicy', {
    PolicyName: 'things',
    PolicyDocument: policy(allow('iot:*')),
  })
  const PolicyArn = created.Policy!.Arn!
  expect(await effect()).toBe('implicit-deny')
  await account.iam('CreateGroup', { GroupName: 'ops' })
  await account.iam('AttachGroupPolicy', { GroupName: 'ops', PolicyArn })
  expect(await effect()).toBe('implicit-deny')
  await account.iam('AddUserToGroup', inGroup)
  expect(await effect()).toBe('allow')
  await account.iam('PutGroupPolicy', { ...inline, PolicyDocument: policy(deny('iot:CreateThing')) })
  expect(await effect()).toBe('explicit-deny')
  await account.iam('DeleteGroupPolicy', inline)
  expect(await effect()).toBe('allow')
  const denying = { PolicyArn, PolicyDocument: policy(deny('iot:*')), SetAsDefault: true }
  await account.iam('CreatePolicyVersion', denying)
  expect(await effect()).toBe('explicit-deny')
  await account.iam('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' })
  expect(await effect()).toBe('allow')
  await account.iam('RemoveUserFromGroup', inGroup)
  expect(await effect()).toBe('implicit-deny')
})

it('allows no more than the permissions boundary', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', allow('*'))
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/service-role/AWSIoTLogging'
  await account.iam('PutUserPermissionsBoundary', { UserName: 'anna', PermissionsBoundary })
  await expect(account.identities.authorize(caller, createThing)).rejects.toThrow(
    'because no permissions boundary allows the iot:CreateThing action',
  )
  await account.identities.authorize(caller, { action: 'logs:PutLogEvents', resource: '*' })
  await account.iam('DeleteUserPermissionsBoundary', { UserName: 'anna' })
  await account.identities.authorize(caller, createThing)
})

it('allows a session no more than its session policy, and what the role is not granted not either', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusting({ AWS: accountId }) })
  await account.iam('PutRolePolicy', {
    RoleName: 'r',
    PolicyName: 'p',
    PolicyDocument: policy(allow('iot:*')),
  })
  const role = await account.identities.getAssumableRole(account.root, {
    roleArn: `arn:aws:iam::${accountId}:role/r`,
    conditions: {},
  })
  const session = (...statements: object[]): Caller => ({
    ...roleCaller(role, 's'),
    sessionPolicy: policy(...statements),
  })
  await account.identities.authorize(session(allow('iot:CreateThing')), createThing)
  await expect(
    account.identities.authorize(session(allow('iot:DescribeThing')), createThing),
  ).rejects.toThrow('because no session policy allows the iot:CreateThing action')
  await expect(account.identities.authorize(session(deny('iot:*')), createThing)).rejects.toThrow(
    'with an explicit deny in a session policy',
  )
  await expect(
    account.identities.authorize(session(allow('*')), { action: 'sns:Publish', resource: '*' }),
  ).rejects.toThrow('because no identity-based policy allows the sns:Publish action')
})

it('allows nothing to a user that is gone', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', allow('*'))
  const keys = await account.iam('ListAccessKeys', { UserName: 'anna' })
  await account.iam('DeleteAccessKey', {
    UserName: 'anna',
    AccessKeyId: keys.AccessKeyMetadata[0]!.AccessKeyId!,
  })
  await account.iam('DeleteUserPolicy', { UserName: 'anna', PolicyName: 'own' })
  await account.iam('DeleteUser', { UserName: 'anna' })
  await account.signIn('anna', allow('*')) // of the same name, and somebody else
  expect(await account.identities.decide(caller, createThing)).toMatchObject({ effect: 'implicit-deny' })
})

it('answers from memory while nothing changes', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', allow('iot:*'))
  await account.identities.decide(caller, createThing)
  await account.store.transact(async (db) => await db.deleteFrom('iam_inline_policies').execute())
  expect(await account.identities.decide(caller, createThing)).toMatchObject({ effect: 'allow' })
})
