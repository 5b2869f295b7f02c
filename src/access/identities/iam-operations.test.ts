import { expect, it } from 'vitest'
import { iamOperations } from './iam-operations.ts'
import { iamPermissions, stsPermissions } from './permissions.ts'
import { stsOperations } from './sts-operations.ts'
import { accountId, allow, deny, openTestAccount, policy, trusting } from './testing/test-account.ts'

const AssumeRolePolicyDocument = trusting({ Service: 'iot.amazonaws.com' })
const arn = (resource: string) => `arn:aws:iam::${accountId}:${resource}`
const denied = expect.objectContaining({ code: 'AccessDeniedException' })

it('has a permission for each operation that it offers, and for no other', async () => {
  await using account = await openTestAccount()
  const { store, identities } = account
  const now = () => account.clock.now
  const iam = iamOperations({ store, fabric: { announce: async () => undefined }, now })
  expect(Object.keys(iamPermissions).toSorted()).toEqual(Object.keys(iam).toSorted())
  const sts = stsOperations({ store, identities, now })
  expect(Object.keys(stsPermissions).toSorted()).toEqual(Object.keys(sts).toSorted())
})

it('asks about a role with the path that it has, which the request does not say', async () => {
  await using account = await openTestAccount()
  const RoleName = 'deployer'
  await account.iam('CreateRole', { RoleName, Path: '/admin/', AssumeRolePolicyDocument })
  const denying = await account.signIn('anna', allow('iam:*', arn('role/deploy*')))
  await expect(account.iam('DeleteRole', { RoleName }, denying)).rejects.toThrow(
    `iam:DeleteRole on resource: ${arn('role/admin/deployer')}`,
  )
  const allowed = await account.signIn('berta', allow('iam:*', arn('role/admin/*')))
  await account.iam('GetRole', { RoleName }, allowed)
  await account.iam('DeleteRole', { RoleName }, allowed)
})

it('does not tell who may not ask whether a name is taken', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', allow('iot:*'))
  await account.iam('CreateRole', { RoleName: 'there', AssumeRolePolicyDocument })
  for (const RoleName of ['there', 'absent'])
    await expect(account.iam('GetRole', { RoleName }, caller)).rejects.toThrow(denied)
})

it.each([
  ['CreateUser', { UserName: 'x', Path: '/ops/' }],
  ['CreateGroup', { GroupName: 'x' }],
  ['CreateRole', { RoleName: 'x', AssumeRolePolicyDocument }],
  ['CreatePolicy', { PolicyName: 'x', PolicyDocument: policy(allow('*')) }],
  ['CreateAccessKey', {}],
  ['CreateAccessKey', { UserName: 'anna' }],
  ['PutUserPolicy', { UserName: 'anna', PolicyName: 'p', PolicyDocument: policy(allow('*')) }],
  ['AttachUserPolicy', { UserName: 'anna', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
  ['DeleteUserPermissionsBoundary', { UserName: 'anna' }],
  ['ListUsers', {}],
  ['ListRoles', {}],
  ['ListPolicies', {}],
  ['ListVirtualMFADevices', {}],
  ['GetPolicy', { PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
  ['GetUser', {}],
] as const)('refuses %s to a user without the permission', async (operation, input) => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', allow('iot:*'))
  await expect(account.iam(operation, input as never, caller)).rejects.toThrow(denied)
})

it.each([
  ['moves it out of what the caller may change', { UserName: 'berta', NewPath: '/admin/' }],
  ['gives it a name that the caller may not change', { UserName: 'berta', NewUserName: 'carla' }],
])('refuses an update of a user that %s', async (_, input) => {
  await using account = await openTestAccount()
  await account.iam('CreateUser', { UserName: 'berta', Path: '/ops/' })
  const caller = await account.signIn('anna', allow('iam:UpdateUser', arn('user/ops/b*')))
  await account.iam('UpdateUser', { UserName: 'berta', NewUserName: 'bea' }, caller)
  await account.iam('UpdateUser', { UserName: 'bea', NewUserName: 'berta' }, caller)
  await expect(account.iam('UpdateUser', input, caller)).rejects.toThrow(denied)
})

it('lets an administrator of roles attach only the policies that it may hand out', async () => {
  await using account = await openTestAccount()
  const RoleName = 'lamp-role'
  const logging = 'arn:aws:iam::aws:policy/service-role/AWSIoTLogging'
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  const Condition = { ArnEquals: { 'iam:PolicyARN': logging } }
  const caller = await account.signIn('anna', allow('iam:AttachRolePolicy', '*', { Condition }))
  await account.iam('AttachRolePolicy', { RoleName, PolicyArn: logging }, caller)
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await expect(account.iam('AttachRolePolicy', { RoleName, PolicyArn }, caller)).rejects.toThrow(denied)
})

it('lets an administrator of users make only such as keep within a boundary', async () => {
  await using account = await openTestAccount()
  const boundary = 'arn:aws:iam::aws:policy/AWSIoTFullAccess'
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': boundary } }
  const caller = await account.signIn(
    'anna',
    allow(['iam:CreateUser', 'iam:PutUserPolicy'], '*', { Condition }),
  )
  await expect(account.iam('CreateUser', { UserName: 'free' }, caller)).rejects.toThrow(denied)
  await account.iam('CreateUser', { UserName: 'bound', PermissionsBoundary: boundary }, caller)
  await account.iam('CreateUser', { UserName: 'free' })
  const grant = { PolicyName: 'p', PolicyDocument: policy(allow('*')) }
  await account.iam('PutUserPolicy', { UserName: 'bound', ...grant }, caller)
  await expect(account.iam('PutUserPolicy', { UserName: 'free', ...grant }, caller)).rejects.toThrow(denied)
})

it('lets a user manage its own keys and nobody else’s', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn('anna', allow('iam:*AccessKey*', arn('user/${aws:username}')))
  await account.iam('CreateUser', { UserName: 'berta' })
  expect((await account.iam('ListAccessKeys', {}, caller)).AccessKeyMetadata).toHaveLength(1)
  await account.iam('CreateAccessKey', { UserName: 'anna' }, caller)
  await expect(account.iam('CreateAccessKey', { UserName: 'berta' }, caller)).rejects.toThrow(denied)
})

it('refuses to guess whose keys a role means', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument })
  await account.iam('PutRolePolicy', {
    RoleName: 'r',
    PolicyName: 'p',
    PolicyDocument: policy(allow('*'), deny('s3:*')),
  })
  const caller = await account.identities.assumeServiceRole({
    accountId,
    roleArn: arn('role/r'),
    service: 'iot.amazonaws.com',
    sessionName: 's',
  })
  for (const operation of ['CreateAccessKey', 'ListAccessKeys', 'GetUser'] as const)
    await expect(account.iam(operation, {}, caller)).rejects.toThrow('Must specify userName')
})
