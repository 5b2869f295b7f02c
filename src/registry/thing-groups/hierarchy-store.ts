/** Which group is under which, kept as one row for each pair so that no question needs recursion. */
import { keysFrom, type PageRequest } from '../../api/aws/page.ts'
import type { Db } from '../../store/index.ts'
import { endOfPrefix } from '../things/index.ts'
import type { GroupNameAndArn, ThingGroup } from './thing-group.ts'

type GroupKey = Pick<ThingGroup, 'accountId' | 'thingGroupName'>

/** Puts a new group under itself, its parent, and everything above that. */
export async function insertAncestors(db: Db, group: ThingGroup): Promise<void> {
  const { accountId, thingGroupName, parentGroupName } = group
  const above =
    parentGroupName === undefined
      ? []
      : await db
          .selectFrom('thing_group_ancestors')
          .select(['ancestor_group_name', 'distance'])
          .where('account_id', '=', accountId)
          .where('thing_group_name', '=', parentGroupName)
          .execute()
  const key = { account_id: accountId, thing_group_name: thingGroupName }
  const itself = { ...key, ancestor_group_name: thingGroupName, distance: 0 }
  const rows = above.map((row) => ({ ...key, ...row, distance: row.distance + 1 }))
  await db
    .insertInto('thing_group_ancestors')
    .values([itself, ...rows])
    .execute()
}

/** The groups above a group, from the root to its parent. */
export async function listAncestors(db: Db, group: GroupKey): Promise<GroupNameAndArn[]> {
  return groupsAbove(db, group)
    .select(['group.thing_group_name as groupName', 'group.thing_group_arn as groupArn'])
    .execute()
}

/** As `listAncestors`, by their ids. */
export async function listAncestorIds(
  db: Db,
  group: GroupKey,
): Promise<{ groupArn: string; groupId: string }[]> {
  return groupsAbove(db, group)
    .select(['group.thing_group_arn as groupArn', 'group.thing_group_id as groupId'])
    .execute()
}

function groupsAbove(db: Db, { accountId, thingGroupName }: GroupKey) {
  return db
    .selectFrom('thing_group_ancestors as above')
    .innerJoin('thing_groups as group', (join) =>
      join
        .onRef('group.account_id', '=', 'above.account_id')
        .onRef('group.thing_group_name', '=', 'above.ancestor_group_name'),
    )
    .where('above.account_id', '=', accountId)
    .where('above.thing_group_name', '=', thingGroupName)
    .where('above.distance', '>', 0)
    .orderBy('above.distance', 'desc')
}

export async function countChildGroups(db: Db, { accountId, thingGroupName }: GroupKey): Promise<number> {
  const { count } = await db
    .selectFrom('thing_groups')
    .select((is) => is.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .where('parent_group_name', '=', thingGroupName)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export interface GroupFilter {
  parentGroup?: string | undefined
  namePrefixFilter?: string | undefined
  /** With what is under the child groups too. */
  recursive: boolean
}

/** Groups under the parent, or under none; by name, one more than the page's limit when there are more. */
export async function listThingGroups(
  db: Db,
  accountId: string,
  filter: GroupFilter,
  page: PageRequest,
): Promise<GroupNameAndArn[]> {
  const { parentGroup, namePrefixFilter, recursive } = filter
  if (recursive && parentGroup !== undefined)
    return listGroupsBelow(db, accountId, { parentGroup, namePrefixFilter }, page)
  let query = db
    .selectFrom('thing_groups')
    .select(['thing_group_name as groupName', 'thing_group_arn as groupArn'])
    .where('account_id', '=', accountId)
    .where('thing_group_name', ...keysFrom(page.after, namePrefixFilter))
  if (!recursive)
    query =
      parentGroup === undefined
        ? query.where('parent_group_name', 'is', null)
        : query.where('parent_group_name', '=', parentGroup)
  if (namePrefixFilter) query = query.where('thing_group_name', '<', endOfPrefix(namePrefixFilter))
  return query
    .orderBy('thing_group_name')
    .limit(page.limit + 1)
    .execute()
}

async function listGroupsBelow(
  db: Db,
  accountId: string,
  { parentGroup, namePrefixFilter }: { parentGroup: string; namePrefixFilter: string | undefined },
  page: PageRequest,
): Promise<GroupNameAndArn[]> {
  let query = db
    .selectFrom('thing_group_ancestors as below')
    .innerJoin('thing_groups as group', (join) =>
      join
        .onRef('group.account_id', '=', 'below.account_id')
        .onRef('group.thing_group_name', '=', 'below.thing_group_name'),
    )
    .select(['group.thing_group_name as groupName', 'group.thing_group_arn as groupArn'])
    .where('below.account_id', '=', accountId)
    .where('below.ancestor_group_name', '=', parentGroup)
    .where('below.distance', '>', 0)
    .where('below.thing_group_name', ...keysFrom(page.after, namePrefixFilter))
  if (namePrefixFilter) query = query.where('below.thing_group_name', '<', endOfPrefix(namePrefixFilter))
  return query
    .orderBy('below.thing_group_name')
    .limit(page.limit + 1)
    .execute()
}
