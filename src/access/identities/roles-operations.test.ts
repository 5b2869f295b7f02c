import { expect, it } from 'vitest'
import { accountId, allow, openTestAccount, policy, start, trusting } from './testing/test-account.ts'

const RoleName = 'JITPRole'
const AssumeRolePolicyDocument = trusting({ Service: 'iot.amazonaws.com' })
const registration = 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'
const refused = (code: string) => expect.objectContaining({ code })

it('creates a role and gives its trust policy out percent-encoded', async () => {
  await using account = await openTestAccount()
  const { Role } = await account.iam('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument,
    Description: 'provisions devices',
  })
  expect(Role).toEqual({
    Path: '/',
    RoleName,
    RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    Arn: `arn:aws:iam::${accountId}:role/JITPRole`,
    CreateDate: start,
    AssumeRolePolicyDocument: encodeURIComponent(AssumeRolePolicyDocument),
    MaxSessionDuration: 3600,
    Description: 'provisions devices',
  })
  expect(await account.iam('GetRole', { RoleName })).toEqual({ Role: { ...Role, RoleLastUsed: {} } })
  expect((await account.iam('ListRoles', {})).Roles).toEqual([Role])
})

it.each([
  ['no JSON', 'x', 'MalformedPolicyDocumentException'],
  ['a policy without principal', policy(allow('sts:AssumeRole')), 'MalformedPolicyDocumentException'],
  ['a trust policy that is too long', trusting({ AWS: 'a'.repeat(2048) }), 'LimitExceededException'],
])('refuses %s as trust policy, and makes no role', async (_, document, code) => {
  await using account = await openTestAccount()
  await expect(account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument: document })).rejects.toThrow(
    refused(code),
  )
  await expect(account.iam('GetRole', { RoleName })).rejects.toThrow(refused('NoSuchEntityException'))
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  await expect(account.iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: document })).rejects.toThrow(
    refused(code),
  )
})

it.each([
  ['GetRole', { RoleName }],
  ['UpdateRole', { RoleName, Description: 'x' }],
  ['UpdateAssumeRolePolicy', { RoleName, PolicyDocument: AssumeRolePolicyDocument }],
  ['DeleteRole', { RoleName }],
  ['AttachRolePolicy', { RoleName, PolicyArn: registration }],
  ['ListAttachedRolePolicies', { RoleName }],
  ['ListRolePolicies', { RoleName }],
  ['PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: policy(allow('*')) }],
  ['GetRolePolicy', { RoleName, PolicyName: 'p' }],
  ['ListInstanceProfilesForRole', { RoleName }],
  ['TagRole', { RoleName, Tags: [] }],
  ['ListRoleTags', { RoleName }],
] as const)('%s refuses a role that is not there', async (operation, input) => {
  await using account = await openTestAccount()
  await expect(account.iam(operation, input as never)).rejects.toThrow(refused('NoSuchEntityException'))
})

it('changes what is given and nothing else', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument, Description: 'first' })
  await account.iam('UpdateRole', { RoleName, MaxSessionDuration: 7200 })
  const trust = trusting({ Service: 'lambda.amazonaws.com' })
  await account.iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust })
  expect((await account.iam('GetRole', { RoleName })).Role).toMatchObject({
    MaxSessionDuration: 7200,
    Description: 'first',
    AssumeRolePolicyDocument: encodeURIComponent(trust),
  })
  const { Role } = await account.iam('UpdateRoleDescription', { RoleName, Description: 'second' })
  expect(Role).toMatchObject({ MaxSessionDuration: 7200, Description: 'second' })
})

it('keeps inline policies as they were written, and gives them out percent-encoded', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  const document = ` ${policy(allow('iot:*'))}\n`
  await account.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: policy(allow('*')) })
  await account.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: document })
  const found = await account.iam('GetRolePolicy', { RoleName, PolicyName: 'p' })
  expect(decodeURIComponent(found.PolicyDocument)).toBe(document)
  expect(await account.iam('ListRolePolicies', { RoleName })).toEqual({
    PolicyNames: ['p'],
    IsTruncated: false,
  })
  await expect(account.iam('GetRolePolicy', { RoleName, PolicyName: 'q' })).rejects.toThrow(
    'The role policy with name q cannot be found.',
  )
  await expect(account.iam('DeleteRolePolicy', { RoleName, PolicyName: 'q' })).rejects.toThrow(
    refused('NoSuchEntityException'),
  )
})

it('refuses inline policies that are malformed or together too long', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  await expect(
    account.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: '{}' }),
  ).rejects.toThrow(refused('MalformedPolicyDocumentException'))
  const long = policy(allow('iot:*', `arn:aws:iot:*:*:${'x'.repeat(6000)}`))
  await account.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: long })
  await account.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: long })
  await expect(
    account.iam('PutRolePolicy', { RoleName, PolicyName: 'q', PolicyDocument: long }),
  ).rejects.toThrow('Maximum policy size of 10240 bytes exceeded for role JITPRole')
})

it('attaches managed policies, ten at most, and lists them under a path', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  await account.iam('AttachRolePolicy', { RoleName, PolicyArn: registration })
  await account.iam('AttachRolePolicy', { RoleName, PolicyArn: registration })
  const attached = { PolicyName: 'AWSIoTThingsRegistration', PolicyArn: registration }
  expect(await account.iam('ListAttachedRolePolicies', { RoleName })).toEqual({
    AttachedPolicies: [attached],
    IsTruncated: false,
  })
  const elsewhere = await account.iam('ListAttachedRolePolicies', { RoleName, PathPrefix: '/own/' })
  expect(elsewhere.AttachedPolicies).toEqual([])
  for (let index = 0; index < 9; index += 1) {
    const created = await account.iam('CreatePolicy', {
      PolicyName: `p${index}`,
      PolicyDocument: policy(allow('*')),
    })
    await account.iam('AttachRolePolicy', { RoleName, PolicyArn: created.Policy!.Arn! })
  }
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await expect(account.iam('AttachRolePolicy', { RoleName, PolicyArn })).rejects.toThrow(
    'Cannot exceed quota for PoliciesPerRole: 10',
  )
})

it.each([
  ['unknown', `arn:aws:iam::${accountId}:policy/unknown`],
  ['of AWS but not offered', 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
  ['of another account', 'arn:aws:iam::111111111111:policy/own'],
  ['without its path', 'arn:aws:iam::aws:policy/AWSIoTThingsRegistration'],
])('refuses to attach or detach a policy that is %s', async (_, PolicyArn) => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  await account.iam('CreatePolicy', { PolicyName: 'own', PolicyDocument: policy(allow('*')) })
  for (const operation of ['AttachRolePolicy', 'DetachRolePolicy'] as const)
    await expect(account.iam(operation, { RoleName, PolicyArn })).rejects.toThrow(
      refused('NoSuchEntityException'),
    )
})

it('deletes a role only without policies', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument, Tags: [{ Key: 'a', Value: 'b' }] })
  await account.iam('AttachRolePolicy', { RoleName, PolicyArn: registration })
  await expect(account.iam('DeleteRole', { RoleName })).rejects.toThrow(
    'Cannot delete entity, must detach all policies first.',
  )
  await account.iam('DetachRolePolicy', { RoleName, PolicyArn: registration })
  await account.iam('DeleteRole', { RoleName })
  const { Role } = await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  expect((await account.iam('ListRoleTags', { RoleName: Role!.RoleName! })).Tags).toEqual([])
})

it('sets, shows, and takes away a permissions boundary that exists', async () => {
  await using account = await openTestAccount()
  const boundary = 'arn:aws:iam::aws:policy/AWSIoTFullAccess'
  const unknown = `arn:aws:iam::${accountId}:policy/unknown`
  await expect(
    account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument, PermissionsBoundary: unknown }),
  ).rejects.toThrow(refused('NoSuchEntityException'))
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument, PermissionsBoundary: boundary })
  const shown = { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: boundary }
  expect((await account.iam('GetRole', { RoleName })).Role).toMatchObject({ PermissionsBoundary: shown })
  await account.iam('DeleteRolePermissionsBoundary', { RoleName })
  expect((await account.iam('GetRole', { RoleName })).Role).not.toHaveProperty('PermissionsBoundary')
})

it('has no instance profiles, which tools ask for before they delete a role', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  expect(await account.iam('ListInstanceProfilesForRole', { RoleName })).toEqual({
    InstanceProfiles: [],
    IsTruncated: false,
  })
})
