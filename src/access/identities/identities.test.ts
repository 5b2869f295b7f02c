import { expect, it } from 'vitest'
import { accountId, allow, openTestAccount, policy, trusting } from './testing/test-account.ts'

const RoleName = 'JITPRole'
const roleArn = `arn:aws:iam::${accountId}:role/JITPRole`
const request = { accountId, roleArn, service: 'iot.amazonaws.com', sessionName: 'provisioning' }
const sourceArn = `arn:aws:iot:us-east-1:${accountId}:cacert/1`
const refused = (code: string) => expect.objectContaining({ code })

it('makes the root key once and finds it afterwards', async () => {
  await using account = await openTestAccount()
  const first = await account.identities.ensureRootKey()
  expect(first).toEqual({
    accessKeyId: expect.stringMatching(/^AKIA/),
    secretAccessKey: expect.any(String),
    created: true,
  })
  expect(await account.identities.ensureRootKey()).toEqual({ ...first, created: false })
  expect(await account.identities.findCredential(first.accessKeyId)).toEqual({
    accessKeyId: first.accessKeyId,
    secretAccessKey: first.secretAccessKey,
    status: 'Active',
    caller: account.root,
  })
})

it('makes another root key when the first was deactivated or deleted', async () => {
  await using account = await openTestAccount()
  const first = await account.identities.ensureRootKey()
  await account.iam('UpdateAccessKey', { AccessKeyId: first.accessKeyId, Status: 'Inactive' })
  const second = await account.identities.ensureRootKey()
  expect(second.created).toBe(true)
  await account.iam('DeleteAccessKey', { AccessKeyId: second.accessKeyId })
  expect(await account.identities.findCredential(second.accessKeyId)).toBeUndefined()
})

it.each(['AKIAAAAAAAAAAAAAAAAA', 'ASIAAAAAAAAAAAAAAAAA', '', "' or 1=1 --"])(
  'finds no credential for the unknown key %j',
  async (accessKeyId) => {
    await using account = await openTestAccount()
    await account.identities.ensureRootKey()
    expect(await account.identities.findCredential(accessKeyId)).toBeUndefined()
  },
)

it('finds a key after it was asked for before it existed, and shows its deactivation at once', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateUser', { UserName: 'anna' })
  const { AccessKey } = await account.iam('CreateAccessKey', { UserName: 'anna' })
  const { AccessKeyId, UserName } = AccessKey
  const status = async () => (await account.identities.findCredential(AccessKeyId))?.status
  expect(await status()).toBe('Active')
  await account.iam('UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' })
  expect(await status()).toBe('Inactive')
  await account.iam('DeleteAccessKey', { UserName, AccessKeyId })
  expect(await status()).toBeUndefined()
})

it('gives a user two keys at most and shows no secret twice', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateUser', { UserName: 'anna' })
  for (let count = 0; count < 2; count += 1) await account.iam('CreateAccessKey', { UserName: 'anna' })
  await expect(account.iam('CreateAccessKey', { UserName: 'anna' })).rejects.toThrow(
    'Cannot exceed quota for AccessKeysPerUser: 2',
  )
  const { AccessKeyMetadata } = await account.iam('ListAccessKeys', { UserName: 'anna' })
  expect(AccessKeyMetadata).toHaveLength(2)
  expect(JSON.stringify(AccessKeyMetadata)).not.toContain('Secret')
})

it.each(['UpdateAccessKey', 'DeleteAccessKey'] as const)(
  '%s refuses the key of somebody else',
  async (operation) => {
    await using account = await openTestAccount()
    const { accessKeyId } = await account.identities.ensureRootKey()
    await account.iam('CreateUser', { UserName: 'anna' })
    const input = { UserName: 'anna', AccessKeyId: accessKeyId, Status: 'Inactive' as const }
    await expect(account.iam(operation, input)).rejects.toThrow(refused('NoSuchEntityException'))
  },
)

it('lets a service act under a role that trusts it, with what the role is granted', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: trusting({ Service: 'iot.amazonaws.com' }),
  })
  const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'
  await account.iam('AttachRolePolicy', { RoleName, PolicyArn })
  const caller = await account.identities.assumeServiceRole(request)
  expect(caller).toEqual({
    accountId,
    kind: 'assumed-role',
    arn: `arn:aws:sts::${accountId}:assumed-role/JITPRole/provisioning`,
    userId: expect.stringMatching(/^AROA[A-Z2-7]{17}:provisioning$/),
    name: RoleName,
  })
  const decide = async (action: string) => await account.identities.decide(caller, { action, resource: '*' })
  expect(await decide('iot:CreateThing')).toMatchObject({
    effect: 'allow',
    policyName: 'AWSIoTThingsRegistration',
  })
  expect(await decide('iot:DeleteThing')).toMatchObject({ effect: 'implicit-deny' })
})

it.each([
  ['names another service', trusting({ Service: 'lambda.amazonaws.com' })],
  ['names users only', trusting({ AWS: accountId })],
  [
    'denies the service',
    policy(
      { Effect: 'Allow', Principal: '*', Action: '*' },
      { Effect: 'Deny', Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ),
  ],
  [
    'allows another action',
    policy({ Effect: 'Allow', Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:TagSession' }),
  ],
  [
    'wants another source account',
    trusting(
      { Service: 'iot.amazonaws.com' },
      { Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } } },
    ),
  ],
  [
    'wants another source',
    trusting(
      { Service: 'iot.amazonaws.com' },
      { Condition: { ArnEquals: { 'aws:SourceArn': `${sourceArn}2` } } },
    ),
  ],
])('refuses a service when the trust policy %s', async (_, AssumeRolePolicyDocument) => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  await expect(account.identities.assumeServiceRole({ ...request, sourceArn })).rejects.toThrow(
    `The trust policy of the role ${roleArn} does not allow the service iot.amazonaws.com`,
  )
})

it('tells a trust policy on whose behalf the service asks', async () => {
  await using account = await openTestAccount()
  const Condition = {
    StringEquals: { 'aws:SourceAccount': accountId },
    ArnLike: { 'aws:SourceArn': `arn:aws:iot:us-east-1:${accountId}:*` },
  }
  await account.iam('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: trusting(
      { Service: ['lambda.amazonaws.com', 'iot.amazonaws.com'] },
      { Condition },
    ),
  })
  expect(await account.identities.assumeServiceRole({ ...request, sourceArn })).toBeDefined()
  await expect(account.identities.assumeServiceRole(request)).rejects.toThrow(
    refused('AccessDeniedException'),
  )
})

it.each([
  ['unknown', `arn:aws:iam::${accountId}:role/Unknown`],
  ['under another path', `arn:aws:iam::${accountId}:role/x/JITPRole`],
  ['of another account', 'arn:aws:iam::111111111111:role/JITPRole'],
  ['no role', `arn:aws:iam::${accountId}:user/JITPRole`],
  ['no ARN', RoleName],
])('refuses a role ARN that is %s', async (_, wrongArn) => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: trusting({ Service: 'iot.amazonaws.com' }),
  })
  await expect(account.identities.assumeServiceRole({ ...request, roleArn: wrongArn })).rejects.toThrow(
    expect.objectContaining({
      code: 'InvalidRequestException',
      message: `The role ${wrongArn} does not exist.`,
    }),
  )
})

it('takes a changed trust policy and a deleted role in at once', async () => {
  await using account = await openTestAccount()
  await expect(account.identities.assumeServiceRole(request)).rejects.toThrow('does not exist')
  await account.iam('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: trusting({ Service: 'iot.amazonaws.com' }),
  })
  const caller = await account.identities.assumeServiceRole(request)
  const PolicyDocument = trusting({ Service: 'lambda.amazonaws.com' })
  await account.iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument })
  await expect(account.identities.assumeServiceRole(request)).rejects.toThrow('does not allow the service')
  await account.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: policy(allow('*')) })
  expect(await account.identities.decide(caller, { action: 'iot:CreateThing', resource: '*' })).toMatchObject(
    {
      effect: 'allow',
    },
  )
  await account.iam('DeleteRolePolicy', { RoleName, PolicyName: 'p' })
  await account.iam('DeleteRole', { RoleName })
  await expect(account.identities.assumeServiceRole(request)).rejects.toThrow('does not exist')
})
