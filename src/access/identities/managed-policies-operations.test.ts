import { expect, it } from 'vitest'
import { parsePolicyDocument } from '../policies/index.ts'
import { awsManagedPolicies } from './documents/aws-managed-policies.ts'
import { accountId, allow, openTestAccount, policy, start, trusting } from './testing/test-account.ts'

const PolicyName = 'lamps'
const PolicyArn = `arn:aws:iam::${accountId}:policy/lamps`
const PolicyDocument = policy(allow('iot:*'))
const admin = 'arn:aws:iam::aws:policy/AdministratorAccess'
const refused = (code: string) => expect.objectContaining({ code })

it('creates a policy, whose first version is the default', async () => {
  await using account = await openTestAccount()
  const { Policy } = await account.iam('CreatePolicy', {
    PolicyName,
    PolicyDocument,
    Description: 'for lamps',
  })
  expect(Policy).toEqual({
    PolicyName,
    PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
    Arn: PolicyArn,
    Path: '/',
    DefaultVersionId: 'v1',
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: start,
    UpdateDate: start,
  })
  const found = await account.iam('GetPolicy', { PolicyArn })
  expect(found.Policy).toEqual({ ...Policy, Description: 'for lamps', Tags: [] })
  const { PolicyVersion } = await account.iam('GetPolicyVersion', { PolicyArn, VersionId: 'v1' })
  expect(PolicyVersion).toEqual({
    VersionId: 'v1',
    IsDefaultVersion: true,
    CreateDate: start,
    Document: encodeURIComponent(PolicyDocument).replaceAll('*', '%2A'),
  })
})

it.each([
  ['a name that is taken', { PolicyName: 'LAMPS', PolicyDocument }, 'EntityAlreadyExistsException'],
  [
    'a name that is taken under another path',
    { PolicyName, Path: '/x/', PolicyDocument },
    'EntityAlreadyExistsException',
  ],
  ['no JSON', { PolicyName: 'x', PolicyDocument: '{' }, 'MalformedPolicyDocumentException'],
  [
    'more than 6144 characters',
    { PolicyName: 'x', PolicyDocument: policy(allow('iot:*', `arn:aws:iot:*:*:${'x'.repeat(6144)}`)) },
    'LimitExceededException',
  ],
])('refuses %s', async (_, input, code) => {
  await using account = await openTestAccount()
  await account.iam('CreatePolicy', { PolicyName, PolicyDocument })
  await expect(account.iam('CreatePolicy', input)).rejects.toThrow(refused(code))
  expect((await account.iam('ListPolicies', { Scope: 'Local' })).Policies).toHaveLength(1)
})

it.each([
  ['GetPolicy', {}],
  ['DeletePolicy', {}],
  ['CreatePolicyVersion', { PolicyDocument }],
  ['GetPolicyVersion', { VersionId: 'v1' }],
  ['ListPolicyVersions', {}],
  ['SetDefaultPolicyVersion', { VersionId: 'v1' }],
  ['DeletePolicyVersion', { VersionId: 'v1' }],
  ['ListEntitiesForPolicy', {}],
  ['TagPolicy', { Tags: [] }],
  ['ListPolicyTags', {}],
] as const)(
  '%s refuses a policy that is not there, also when only its path differs',
  async (operation, input) => {
    await using account = await openTestAccount()
    await account.iam('CreatePolicy', { PolicyName, PolicyDocument })
    for (const resource of ['unknown', 'x/lamps', 'LAMPS'])
      await expect(
        account.iam(operation, {
          ...input,
          PolicyArn: `arn:aws:iam::${accountId}:policy/${resource}`,
        } as never),
      ).rejects.toThrow(refused('NoSuchEntityException'))
  },
)

it('keeps five versions, never uses a number twice, and protects the default', async () => {
  await using account = await openTestAccount()
  await account.iam('CreatePolicy', { PolicyName, PolicyDocument })
  for (let version = 2; version <= 5; version += 1)
    await account.iam('CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: version === 3 })
  await expect(account.iam('CreatePolicyVersion', { PolicyArn, PolicyDocument })).rejects.toThrow(
    refused('LimitExceededException'),
  )
  await expect(account.iam('DeletePolicyVersion', { PolicyArn, VersionId: 'v3' })).rejects.toThrow(
    refused('DeleteConflictException'),
  )
  await expect(account.iam('DeletePolicyVersion', { PolicyArn, VersionId: 'v9' })).rejects.toThrow(
    refused('NoSuchEntityException'),
  )
  await account.iam('DeletePolicyVersion', { PolicyArn, VersionId: 'v5' })
  const { PolicyVersion } = await account.iam('CreatePolicyVersion', { PolicyArn, PolicyDocument })
  expect(PolicyVersion).toEqual({ VersionId: 'v6', IsDefaultVersion: false, CreateDate: start })
  await account.iam('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' })
  const { Versions } = await account.iam('ListPolicyVersions', { PolicyArn })
  expect(Versions!.map((version) => version.VersionId)).toEqual(['v6', 'v4', 'v3', 'v2', 'v1'])
  expect(Versions!.filter((version) => version.IsDefaultVersion)).toMatchObject([{ VersionId: 'v1' }])
})

it('deletes a policy only unattached, bounding nobody, and down to one version', async () => {
  await using account = await openTestAccount()
  const conflict = refused('DeleteConflictException')
  await account.iam('CreatePolicy', { PolicyName, PolicyDocument })
  await account.iam('CreateUser', { UserName: 'anna', PermissionsBoundary: PolicyArn })
  await account.iam('CreateRole', {
    RoleName: 'reader',
    AssumeRolePolicyDocument: trusting({ Service: 'iot.amazonaws.com' }),
  })
  await account.iam('AttachRolePolicy', { RoleName: 'reader', PolicyArn })
  const { PolicyRoles, PolicyUsers } = await account.iam('ListEntitiesForPolicy', { PolicyArn })
  expect({ PolicyRoles, PolicyUsers }).toMatchObject({
    PolicyRoles: [{ RoleName: 'reader' }],
    PolicyUsers: [],
  })
  expect((await account.iam('GetPolicy', { PolicyArn })).Policy).toMatchObject({
    AttachmentCount: 1,
    PermissionsBoundaryUsageCount: 1,
  })
  await expect(account.iam('DeletePolicy', { PolicyArn })).rejects.toThrow(conflict)
  await account.iam('DetachRolePolicy', { RoleName: 'reader', PolicyArn })
  await expect(account.iam('DeletePolicy', { PolicyArn })).rejects.toThrow(conflict)
  await account.iam('DeleteUserPermissionsBoundary', { UserName: 'anna' })
  await account.iam('CreatePolicyVersion', { PolicyArn, PolicyDocument })
  await expect(account.iam('DeletePolicy', { PolicyArn })).rejects.toThrow(conflict)
  await account.iam('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' })
  await account.iam('DeletePolicy', { PolicyArn })
  await expect(account.iam('GetPolicy', { PolicyArn })).rejects.toThrow(refused('NoSuchEntityException'))
})

it.each([
  ['DeletePolicy', {}],
  ['CreatePolicyVersion', { PolicyDocument }],
  ['SetDefaultPolicyVersion', { VersionId: 'v1' }],
  ['DeletePolicyVersion', { VersionId: 'v1' }],
  ['TagPolicy', { Tags: [{ Key: 'a', Value: 'b' }] }],
] as const)('%s refuses policies of AWS, even for root', async (operation, input) => {
  await using account = await openTestAccount()
  await expect(account.iam(operation, { ...input, PolicyArn: admin } as never)).rejects.toThrow(
    refused('AccessDenied'),
  )
})

it('lists policies by scope, path, and use, page by page', async () => {
  await using account = await openTestAccount()
  await account.iam('CreatePolicy', { PolicyName, PolicyDocument })
  await account.iam('CreateUser', { UserName: 'anna' })
  await account.iam('AttachUserPolicy', { UserName: 'anna', PolicyArn: admin })
  const names = async (input: object) =>
    (await account.iam('ListPolicies', input)).Policies!.map((listed) => listed.PolicyName)
  expect(await names({ Scope: 'Local' })).toEqual([PolicyName])
  expect(await names({ Scope: 'AWS' })).toHaveLength(awsManagedPolicies.length)
  expect(await names({})).toHaveLength(awsManagedPolicies.length + 1)
  expect(await names({ OnlyAttached: true })).toEqual(['AdministratorAccess'])
  expect(await names({ PathPrefix: '/service-role/' })).toContain('AWSIoTLogging')
  const first = await account.iam('ListPolicies', { MaxItems: 5 })
  expect(await names({ Marker: first.Marker })).toEqual([
    'AWSLambdaBasicExecutionRole',
    'IAMUserChangePassword',
    PolicyName,
  ])
})

it.each(awsManagedPolicies.map((managed) => [managed.arn, managed.document]))(
  '%s is a well-formed policy',
  (_, document) => {
    expect(parsePolicyDocument(document, 'identity')).toBeDefined()
  },
)
