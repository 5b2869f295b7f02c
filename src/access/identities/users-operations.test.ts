import { expect, it } from 'vitest'
import { accountId, openTestAccount, policy, allow, start } from './testing/test-account.ts'

const UserName = 'anna'
const adminArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
const document = policy(allow('iot:*'))
const refused = (code: string) => expect.objectContaining({ code })

it('creates a user and finds it again, with its tags and path', async () => {
  await using account = await openTestAccount()
  const Tags = [{ Key: 'team', Value: 'lamps' }]
  const { User } = await account.iam('CreateUser', { UserName, Path: '/ops/', Tags })
  expect(User).toEqual({
    Path: '/ops/',
    UserName,
    UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
    Arn: `arn:aws:iam::${accountId}:user/ops/anna`,
    CreateDate: start,
    Tags,
  })
  expect(await account.iam('GetUser', { UserName })).toEqual({ User })
})

it.each(['anna', 'ANNA'])('refuses %s as a second user of that name, whatever its case', async (name) => {
  await using account = await openTestAccount()
  await account.iam('CreateUser', { UserName })
  await expect(account.iam('CreateUser', { UserName: name })).rejects.toThrow(
    refused('EntityAlreadyExistsException'),
  )
})

it.each([
  ['GetUser', { UserName }],
  ['UpdateUser', { UserName, NewPath: '/x/' }],
  ['DeleteUser', { UserName }],
  ['ListGroupsForUser', { UserName }],
  ['ListAccessKeys', { UserName }],
  ['CreateAccessKey', { UserName }],
  ['PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: document }],
  ['GetUserPolicy', { UserName, PolicyName: 'p' }],
  ['ListUserPolicies', { UserName }],
  ['DeleteUserPolicy', { UserName, PolicyName: 'p' }],
  ['AttachUserPolicy', { UserName, PolicyArn: adminArn }],
  ['DetachUserPolicy', { UserName, PolicyArn: adminArn }],
  ['ListAttachedUserPolicies', { UserName }],
  ['ListUserTags', { UserName }],
  ['ListMFADevices', { UserName }],
  ['GetLoginProfile', { UserName }],
] as const)('%s refuses a user that is not there', async (operation, input) => {
  await using account = await openTestAccount()
  await expect(account.iam(operation, input as never)).rejects.toThrow(
    expect.objectContaining({
      code: 'NoSuchEntityException',
      message: 'The user with name anna cannot be found.',
    }),
  )
})

it('renames and moves a user, which keeps its id, its policies, and its keys', async () => {
  await using account = await openTestAccount()
  const caller = await account.signIn(UserName, allow('iot:*'))
  await account.iam('CreateUser', { UserName: 'berta' })
  await expect(account.iam('UpdateUser', { UserName, NewUserName: 'Berta' })).rejects.toThrow(
    refused('EntityAlreadyExistsException'),
  )
  await account.iam('UpdateUser', { UserName, NewUserName: 'Anna', NewPath: '/ops/' })
  const { User } = await account.iam('GetUser', { UserName: 'Anna' })
  expect(User).toMatchObject({ UserId: caller.userId, Arn: `arn:aws:iam::${accountId}:user/ops/Anna` })
  const { AccessKeyMetadata } = await account.iam('ListAccessKeys', { UserName: 'Anna' })
  const credential = await account.identities.findCredential(AccessKeyMetadata[0]!.AccessKeyId!)
  expect(credential?.caller.arn).toBe(User.Arn)
})

it('lists users page by page under a path', async () => {
  await using account = await openTestAccount()
  for (const name of ['dora', 'Carla', 'berta'])
    await account.iam('CreateUser', { UserName: name, Path: '/a_c/' })
  await account.iam('CreateUser', { UserName, Path: '/abc/' })
  const first = await account.iam('ListUsers', { PathPrefix: '/a_c/', MaxItems: 2 })
  expect(first.Users.map((user) => user.UserName)).toEqual(['berta', 'Carla'])
  expect(first.IsTruncated).toBe(true)
  const second = await account.iam('ListUsers', { PathPrefix: '/a_c/', MaxItems: 2, Marker: first.Marker! })
  expect(second).toMatchObject({ Users: [{ UserName: 'dora' }], IsTruncated: false })
  expect((await account.iam('ListUsers', {})).Users).toHaveLength(4)
})

it('deletes a user only when nothing hangs on it', async () => {
  await using account = await openTestAccount()
  const conflict = refused('DeleteConflictException')
  await account.iam('CreateUser', { UserName })
  await account.iam('CreateGroup', { GroupName: 'ops' })
  await account.iam('AddUserToGroup', { GroupName: 'ops', UserName })
  await account.iam('AttachUserPolicy', { UserName, PolicyArn: adminArn })
  await account.iam('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: document })
  const { AccessKey } = await account.iam('CreateAccessKey', { UserName })
  await expect(account.iam('DeleteUser', { UserName })).rejects.toThrow(conflict)
  await account.iam('DetachUserPolicy', { UserName, PolicyArn: adminArn })
  await expect(account.iam('DeleteUser', { UserName })).rejects.toThrow(conflict)
  await account.iam('DeleteUserPolicy', { UserName, PolicyName: 'p' })
  await expect(account.iam('DeleteUser', { UserName })).rejects.toThrow(conflict)
  await account.iam('DeleteAccessKey', { UserName, AccessKeyId: AccessKey.AccessKeyId })
  await expect(account.iam('DeleteUser', { UserName })).rejects.toThrow(conflict)
  await account.iam('RemoveUserFromGroup', { GroupName: 'ops', UserName })
  await account.iam('DeleteUser', { UserName })
  await expect(account.iam('GetUser', { UserName })).rejects.toThrow(refused('NoSuchEntityException'))
})

it('describes the caller when no name is given', async () => {
  await using account = await openTestAccount()
  const { created } = await account.identities.ensureRootKey()
  expect(created).toBe(true)
  const caller = await account.signIn(UserName, allow('iam:GetUser', '*'))
  expect((await account.iam('GetUser', {}, caller)).User.UserName).toBe(UserName)
  expect((await account.iam('GetUser', {})).User).toMatchObject({
    UserId: accountId,
    Arn: `arn:aws:iam::${accountId}:root`,
    CreateDate: start,
  })
})

it.each([
  [
    'a key twice, in whatever case',
    [
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ],
    'InvalidInputException',
  ],
  ['a key of AWS', [{ Key: 'aws:x', Value: '1' }], 'InvalidInputException'],
  [
    '51 tags',
    Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
    'LimitExceededException',
  ],
])('refuses %s as tags, and makes no user', async (_, Tags, code) => {
  await using account = await openTestAccount()
  await expect(account.iam('CreateUser', { UserName, Tags })).rejects.toThrow(refused(code))
  await expect(account.iam('GetUser', { UserName })).rejects.toThrow(refused('NoSuchEntityException'))
})

it('adds, replaces, and takes away tags', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateUser', { UserName, Tags: [{ Key: 'Team', Value: 'lamps' }] })
  await account.iam('TagUser', {
    UserName,
    Tags: [
      { Key: 'team', Value: 'locks' },
      { Key: 'b', Value: '1' },
    ],
  })
  await account.iam('UntagUser', { UserName, TagKeys: ['b', 'unknown'] })
  const { Tags, IsTruncated } = await account.iam('ListUserTags', { UserName })
  expect({ Tags, IsTruncated }).toEqual({ Tags: [{ Key: 'team', Value: 'locks' }], IsTruncated: false })
})
