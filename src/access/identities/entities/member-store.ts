/** Which users are in which groups. */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import { toIdentity, type Identity } from './identity.ts'

/** IAM's quota; AWS cannot raise it. */
const maxGroupsOfUser = 10

/**
 * Does nothing for a user that is a member already.
 * @throws {AwsError} `LimitExceededException` beyond ten groups
 */
export async function addMember(db: Db, group: Identity, user: Identity): Promise<void> {
  const groups = await listGroupsOfUser(db, user)
  if (groups.some(({ identityId }) => identityId === group.identityId)) return
  if (groups.length >= maxGroupsOfUser)
    throw iamError('LimitExceededException', `Cannot exceed quota for GroupsPerUser: ${maxGroupsOfUser}`)
  await db
    .insertInto('iam_group_members')
    .values({ account_id: group.accountId, group_id: group.identityId, user_id: user.identityId })
    .execute()
}

/** @throws {AwsError} `NoSuchEntityException` when the user is not a member */
export async function removeMember(db: Db, group: Identity, user: Identity): Promise<void> {
  const removed = await db
    .deleteFrom('iam_group_members')
    .where('account_id', '=', group.accountId)
    .where('group_id', '=', group.identityId)
    .where('user_id', '=', user.identityId)
    .executeTakeFirst()
  if (removed.numDeletedRows === 0n)
    throw iamError('NoSuchEntityException', `The user ${user.name} is not in the group ${group.name}.`)
}

/** Sorted by name. */
export async function listGroupsOfUser(db: Db, user: Identity): Promise<Identity[]> {
  const rows = await db
    .selectFrom('iam_group_members as member')
    .innerJoin('iam_identities as identity', (join) =>
      join
        .onRef('identity.account_id', '=', 'member.account_id')
        .onRef('identity.identity_id', '=', 'member.group_id'),
    )
    .selectAll('identity')
    .where('member.account_id', '=', user.accountId)
    .where('member.user_id', '=', user.identityId)
    .orderBy('identity.name_key')
    .execute()
  return rows.map(toIdentity)
}

/** Sorted by name. */
export async function listMembers(db: Db, group: Identity): Promise<Identity[]> {
  const rows = await db
    .selectFrom('iam_group_members as member')
    .innerJoin('iam_identities as identity', (join) =>
      join
        .onRef('identity.account_id', '=', 'member.account_id')
        .onRef('identity.identity_id', '=', 'member.user_id'),
    )
    .selectAll('identity')
    .where('member.account_id', '=', group.accountId)
    .where('member.group_id', '=', group.identityId)
    .orderBy('identity.name_key')
    .execute()
  return rows.map(toIdentity)
}
