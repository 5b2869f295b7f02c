/** Which things are in which groups. */
import type { PageRequest } from '../../api/aws/page.ts'
import { prepareQuery, type Bind, type Db } from '../../store/index.ts'
import { getThing } from '../things/index.ts'
import { noteMembership } from './group-events.ts'
import { getThingGroup } from './store.ts'
import { checkJoinable, type GroupNameAndArn } from './thing-group.ts'

export interface Membership {
  accountId: string
  thingName: string
  thingGroupName: string
}

/**
 * Adding twice is success.
 * @throws {AwsError} `ResourceNotFoundException` for the thing or the group; `InvalidRequestException` when the
 * thing is in ten groups, or in another group of the same hierarchy
 */
export async function addThingToGroup(db: Db, membership: Membership): Promise<void> {
  const { accountId, thingName, thingGroupName } = membership
  const group = await getThingGroup(db, accountId, thingGroupName)
  const thing = await getThing(db, accountId, thingName)
  const memberships = await directGroups(db, accountId, thingName)
    .select(['group.thing_group_name as thingGroupName', 'group.root_group_name as rootGroupName'])
    .execute()
  if (memberships.some((one) => one.thingGroupName === thingGroupName)) return
  checkJoinable(group, memberships)
  await db
    .insertInto('thing_group_members')
    .values({ account_id: accountId, thing_name: thingName, thing_group_name: thingGroupName })
    .execute()
  await noteMembership(db, { group, thing }, 'ADDED')
}

/**
 * Removing a thing that is not in the group is success.
 * @throws {AwsError} `ResourceNotFoundException` for the thing or the group
 */
export async function removeThingFromGroup(db: Db, membership: Membership): Promise<void> {
  const { accountId, thingName, thingGroupName } = membership
  const group = await getThingGroup(db, accountId, thingGroupName)
  const thing = await getThing(db, accountId, thingName)
  const { numDeletedRows } = await db
    .deleteFrom('thing_group_members')
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .where('thing_group_name', '=', thingGroupName)
    .executeTakeFirst()
  if (numDeletedRows > 0n) await noteMembership(db, { group, thing }, 'REMOVED')
}

/** The groups that a thing was added to, by name: all, or a page and one more when there are more. */
export async function groupsOfThing(
  db: Db,
  accountId: string,
  thingName: string,
  page?: PageRequest,
): Promise<GroupNameAndArn[]> {
  let query = directGroups(db, accountId, thingName)
    .select(['group.thing_group_name as groupName', 'group.thing_group_arn as groupArn'])
    .orderBy('group.thing_group_name')
  if (page) query = query.limit(page.limit + 1)
  if (page?.after !== undefined) query = query.where('group.thing_group_name', '>', page.after)
  return query.execute()
}

const selectAllGroups = prepareQuery((db, value: Bind<{ accountId: string; thingName: string }>) =>
  db
    .selectFrom('thing_group_members as member')
    .innerJoin('thing_group_ancestors as above', (join) =>
      join
        .onRef('above.account_id', '=', 'member.account_id')
        .onRef('above.thing_group_name', '=', 'member.thing_group_name'),
    )
    .innerJoin('thing_groups as group', (join) =>
      join
        .onRef('group.account_id', '=', 'above.account_id')
        .onRef('group.thing_group_name', '=', 'above.ancestor_group_name'),
    )
    .select(['group.thing_group_name as groupName', 'group.thing_group_arn as groupArn'])
    .distinct()
    .where('member.account_id', '=', value('accountId'))
    .where('member.thing_name', '=', value('thingName'))
    .orderBy('group.thing_group_name'),
)

/** The groups that a thing was added to, and every group above them. */
export async function allGroupsOfThing(
  db: Db,
  accountId: string,
  thingName: string,
): Promise<GroupNameAndArn[]> {
  return (await selectAllGroups(db, { accountId, thingName })).rows
}

/** A thing in the group of that name, which is the group itself or one below it. */
export interface GroupMember {
  thingGroupName: string
  thingName: string
}

/** The group's own things by name; one more than the page's limit when there are more. */
export async function listThingsInGroup(
  db: Db,
  { accountId, thingGroupName }: { accountId: string; thingGroupName: string },
  page: { after: string | undefined; limit: number },
): Promise<GroupMember[]> {
  let query = db
    .selectFrom('thing_group_members')
    .select(['thing_group_name as thingGroupName', 'thing_name as thingName'])
    .where('account_id', '=', accountId)
    .where('thing_group_name', '=', thingGroupName)
  if (page.after !== undefined) query = query.where('thing_name', '>', page.after)
  return query
    .orderBy('thing_name')
    .limit(page.limit + 1)
    .execute()
}

/**
 * The things of the group and of all groups below it, group by group; one more than the page's limit when there are
 * more. None comes twice: a thing is in one group of a hierarchy.
 */
export async function listThingsUnderGroup(
  db: Db,
  { accountId, thingGroupName }: { accountId: string; thingGroupName: string },
  page: { after: GroupMember | undefined; limit: number },
): Promise<GroupMember[]> {
  const { after, limit } = page
  const first = after
    ? await membersUnder(db, accountId, thingGroupName)
        .where('member.thing_group_name', '=', after.thingGroupName)
        .where('member.thing_name', '>', after.thingName)
        .orderBy('member.thing_name')
        .limit(limit + 1)
        .execute()
    : []
  if (first.length > limit) return first
  let query = membersUnder(db, accountId, thingGroupName)
  if (after) query = query.where('below.thing_group_name', '>', after.thingGroupName)
  const others = await query
    .orderBy('below.thing_group_name')
    .orderBy('member.thing_name')
    .limit(limit + 1 - first.length)
    .execute()
  return [...first, ...others]
}

function membersUnder(db: Db, accountId: string, thingGroupName: string) {
  return db
    .selectFrom('thing_group_ancestors as below')
    .innerJoin('thing_group_members as member', (join) =>
      join
        .onRef('member.account_id', '=', 'below.account_id')
        .onRef('member.thing_group_name', '=', 'below.thing_group_name'),
    )
    .select(['member.thing_group_name as thingGroupName', 'member.thing_name as thingName'])
    .where('below.account_id', '=', accountId)
    .where('below.ancestor_group_name', '=', thingGroupName)
}

function directGroups(db: Db, accountId: string, thingName: string) {
  return db
    .selectFrom('thing_group_members as member')
    .innerJoin('thing_groups as group', (join) =>
      join
        .onRef('group.account_id', '=', 'member.account_id')
        .onRef('group.thing_group_name', '=', 'member.thing_group_name'),
    )
    .where('member.account_id', '=', accountId)
    .where('member.thing_name', '=', thingName)
}
