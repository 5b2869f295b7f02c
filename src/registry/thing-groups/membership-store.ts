/** Which things are in which groups. */
import type { PageRequest } from '../../api/aws/page.ts'
import { prepareQuery, type Bind, type Db } from '../../store/index.ts'
import { getThing } from '../things/index.ts'
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
  await getThing(db, accountId, thingName)
  const memberships = await directGroups(db, accountId, thingName)
    .select(['group.thing_group_name as thingGroupName', 'group.root_group_name as rootGroupName'])
    .execute()
  if (memberships.some((one) => one.thingGroupName === thingGroupName)) return
  checkJoinable(group, memberships)
  await db
    .insertInto('thing_group_members')
    .values({ account_id: accountId, thing_name: thingName, thing_group_name: thingGroupName })
    .execute()
}

/**
 * Removing a thing that is not in the group is success.
 * @throws {AwsError} `ResourceNotFoundException` for the thing or the group
 */
export async function removeThingFromGroup(db: Db, membership: Membership): Promise<void> {
  const { accountId, thingName, thingGroupName } = membership
  await getThingGroup(db, accountId, thingGroupName)
  await getThing(db, accountId, thingName)
  await db
    .deleteFrom('thing_group_members')
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .where('thing_group_name', '=', thingGroupName)
    .execute()
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

/** Names in order, with `recursive` also from the groups below; one more than the limit when there are more. */
export async function listThingsInGroup(
  db: Db,
  { accountId, thingGroupName, recursive }: { accountId: string; thingGroupName: string; recursive: boolean },
  page: PageRequest,
): Promise<string[]> {
  let query = db
    .selectFrom('thing_group_members')
    .select('thing_name')
    .distinct()
    .where('account_id', '=', accountId)
  if (recursive)
    query = query.where('thing_group_name', 'in', (is) =>
      is
        .selectFrom('thing_group_ancestors')
        .select('thing_group_name')
        .where('account_id', '=', accountId)
        .where('ancestor_group_name', '=', thingGroupName),
    )
  else query = query.where('thing_group_name', '=', thingGroupName)
  if (page.after !== undefined) query = query.where('thing_name', '>', page.after)
  const rows = await query
    .orderBy('thing_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map((row) => row.thing_name)
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
