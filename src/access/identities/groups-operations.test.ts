import { expect, it } from 'vitest'
import { accountId, allow, openTestAccount, policy } from './testing/test-account.ts'

const GroupName = 'ops'
const refused = (code: string) => expect.objectContaining({ code })

it('creates a group and lists its members and whose it is', async () => {
  await using account = await openTestAccount()
  const { Group } = await account.iam('CreateGroup', { GroupName, Path: '/a/' })
  expect(Group).toMatchObject({
    Arn: `arn:aws:iam::${accountId}:group/a/ops`,
    GroupId: expect.stringMatching(/^AGPA/),
  })
  for (const UserName of ['berta', 'anna']) {
    await account.iam('CreateUser', { UserName })
    await account.iam('AddUserToGroup', { GroupName, UserName })
    await account.iam('AddUserToGroup', { GroupName, UserName }) // again changes nothing
  }
  const found = await account.iam('GetGroup', { GroupName, MaxItems: 1 })
  expect(found).toMatchObject({ Group, Users: [{ UserName: 'anna' }], IsTruncated: true })
  expect(await account.iam('ListGroupsForUser', { UserName: 'anna' })).toEqual({
    Groups: [Group],
    IsTruncated: false,
  })
})

it('a group of the same name as a user is another identity', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateUser', { UserName: GroupName })
  await account.iam('CreateGroup', { GroupName })
  await expect(account.iam('CreateGroup', { GroupName: 'OPS' })).rejects.toThrow(
    refused('EntityAlreadyExistsException'),
  )
})

it.each([
  ['GetGroup', { GroupName }],
  ['UpdateGroup', { GroupName, NewGroupName: 'x' }],
  ['DeleteGroup', { GroupName }],
  ['AddUserToGroup', { GroupName, UserName: 'anna' }],
  ['RemoveUserFromGroup', { GroupName, UserName: 'anna' }],
  ['ListGroupPolicies', { GroupName }],
  ['ListAttachedGroupPolicies', { GroupName }],
  ['PutGroupPolicy', { GroupName, PolicyName: 'p', PolicyDocument: policy(allow('*')) }],
] as const)('%s refuses a group that is not there', async (operation, input) => {
  await using account = await openTestAccount()
  await account.iam('CreateUser', { UserName: 'anna' })
  await expect(account.iam(operation, input as never)).rejects.toThrow(refused('NoSuchEntityException'))
})

it('refuses an unknown user, one who is no member, and an eleventh group', async () => {
  await using account = await openTestAccount()
  const UserName = 'anna'
  await account.iam('CreateGroup', { GroupName })
  await expect(account.iam('AddUserToGroup', { GroupName, UserName })).rejects.toThrow(
    refused('NoSuchEntityException'),
  )
  await account.iam('CreateUser', { UserName })
  await expect(account.iam('RemoveUserFromGroup', { GroupName, UserName })).rejects.toThrow(
    refused('NoSuchEntityException'),
  )
  for (let index = 0; index < 10; index += 1) {
    await account.iam('CreateGroup', { GroupName: `g${index}` })
    await account.iam('AddUserToGroup', { GroupName: `g${index}`, UserName })
  }
  await expect(account.iam('AddUserToGroup', { GroupName, UserName })).rejects.toThrow(
    refused('LimitExceededException'),
  )
})

it('deletes a group only without members and policies', async () => {
  await using account = await openTestAccount()
  await account.iam('CreateGroup', { GroupName })
  await account.iam('CreateUser', { UserName: 'anna' })
  await account.iam('AddUserToGroup', { GroupName, UserName: 'anna' })
  await expect(account.iam('DeleteGroup', { GroupName })).rejects.toThrow(refused('DeleteConflictException'))
  await account.iam('RemoveUserFromGroup', { GroupName, UserName: 'anna' })
  await account.iam('PutGroupPolicy', { GroupName, PolicyName: 'p', PolicyDocument: policy(allow('*')) })
  await expect(account.iam('DeleteGroup', { GroupName })).rejects.toThrow(refused('DeleteConflictException'))
  await account.iam('DeleteGroupPolicy', { GroupName, PolicyName: 'p' })
  await account.iam('DeleteGroup', { GroupName })
  expect((await account.iam('ListGroups', {})).Groups).toEqual([])
})
