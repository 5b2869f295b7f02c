import { randomUUID } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import type { Db } from '../../store/index.ts'
import { applyAttributes, checkVersion, type Attributes } from '../things/index.ts'
import { noteHierarchy, noteThingGroup } from './group-events.ts'
import { fromRow, toRow } from './group-row.ts'
import { countChildGroups, insertAncestors, listAncestors } from './hierarchy-store.ts'
import {
  checkGroupAttributes,
  groupArn,
  isSameGroup,
  maxChildGroups,
  maxDepth,
  type ThingGroup,
} from './thing-group.ts'

export interface NewThingGroup {
  accountId: string
  region: string
  thingGroupName: string
  parentGroupName?: string | undefined
  description: string
  attributes: Attributes
  now: Date
}

/**
 * Creates the group, or finds it as it was created before; `created` tells which.
 * @throws {AwsError} `ResourceAlreadyExistsException` when the name is taken by a group that differs;
 * `ResourceNotFoundException` for the parent; `InvalidRequestException`
 */
export async function createThingGroup(
  db: Db,
  wanted: NewThingGroup,
): Promise<{ group: ThingGroup; created: boolean }> {
  const { accountId, thingGroupName, parentGroupName, description } = wanted
  const attributes = applyAttributes({}, wanted.attributes)
  checkGroupAttributes(attributes)
  const existing = await findThingGroup(db, accountId, thingGroupName)
  if (existing) return { group: sameGroup(existing, { ...wanted, attributes }), created: false }
  const parent =
    parentGroupName === undefined ? undefined : await parentWithRoom(db, accountId, parentGroupName)
  const group: ThingGroup = {
    accountId,
    thingGroupName,
    thingGroupId: randomUUID(),
    thingGroupArn: groupArn(wanted, thingGroupName),
    parentGroupName,
    rootGroupName: parent?.rootGroupName ?? thingGroupName,
    description,
    attributes,
    version: 1,
    creationDate: wanted.now,
  }
  await db.insertInto('thing_groups').values(toRow(group)).execute()
  await insertAncestors(db, group)
  await noteThingGroup(db, group, 'CREATED')
  await noteHierarchy(db, group, 'ADDED')
  return { group, created: true }
}

function sameGroup(group: ThingGroup, wanted: NewThingGroup): ThingGroup {
  if (isSameGroup(group, wanted)) return group
  throw iotError(
    'ResourceAlreadyExistsException',
    `thing group ${group.thingGroupName} already exists with a different parent or different properties`,
    { resourceId: group.thingGroupId, resourceArn: group.thingGroupArn },
  )
}

async function parentWithRoom(db: Db, accountId: string, parentGroupName: string): Promise<ThingGroup> {
  const parent = await getThingGroup(db, accountId, parentGroupName)
  const above = await listAncestors(db, parent)
  if (above.length + 2 > maxDepth)
    throw iotError(
      'InvalidRequestException',
      `${parentGroupName} is at depth ${above.length + 1} of its hierarchy, which can be ${maxDepth} deep`,
    )
  if ((await countChildGroups(db, parent)) >= maxChildGroups)
    throw iotError(
      'InvalidRequestException',
      `${parentGroupName} has ${maxChildGroups} child groups, the most allowed`,
    )
  return parent
}

export async function findThingGroup(
  db: Db,
  accountId: string,
  thingGroupName: string,
): Promise<ThingGroup | undefined> {
  const row = await db
    .selectFrom('thing_groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('thing_group_name', '=', thingGroupName)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getThingGroup(db: Db, accountId: string, thingGroupName: string): Promise<ThingGroup> {
  const group = await findThingGroup(db, accountId, thingGroupName)
  if (!group) throw iotError('ResourceNotFoundException', `no thing group named ${thingGroupName}`)
  return group
}

export interface ThingGroupUpdate {
  accountId: string
  thingGroupName: string
  description?: string | undefined
  attributes?: Attributes | undefined
  merge?: boolean | undefined
  expectedVersion?: number | undefined
}

/**
 * What is left out stays as it is; the version grows by one.
 * @throws {AwsError} `ResourceNotFoundException`, `VersionConflictException`, `InvalidRequestException`
 */
export async function updateThingGroup(db: Db, update: ThingGroupUpdate): Promise<ThingGroup> {
  const { accountId, thingGroupName } = update
  const group = await getThingGroup(db, accountId, thingGroupName)
  checkVersion(`thing group ${thingGroupName}`, group.version, update.expectedVersion)
  const changed: ThingGroup = {
    ...group,
    description: update.description ?? group.description,
    attributes: update.attributes
      ? applyAttributes(group.attributes, update.attributes, update.merge)
      : group.attributes,
    version: group.version + 1,
  }
  checkGroupAttributes(changed.attributes)
  const { description, attributes, version } = toRow(changed)
  await db
    .updateTable('thing_groups')
    .set({ description, attributes, version })
    .where('account_id', '=', accountId)
    .where('thing_group_name', '=', thingGroupName)
    .execute()
  await noteThingGroup(db, changed, 'UPDATED')
  return changed
}

/**
 * Deletes the group; its things stay, without it. `undefined` when there was none.
 * @throws {AwsError} `VersionConflictException`; `InvalidRequestException` while it has child groups
 */
export async function deleteThingGroup(
  db: Db,
  accountId: string,
  thingGroupName: string,
  expectedVersion?: number,
): Promise<ThingGroup | undefined> {
  const group = await findThingGroup(db, accountId, thingGroupName)
  if (!group) return undefined
  checkVersion(`thing group ${thingGroupName}`, group.version, expectedVersion)
  if ((await countChildGroups(db, group)) > 0)
    throw iotError(
      'InvalidRequestException',
      `Cannot delete thing group : ${thingGroupName} when there are still child groups attached to it`,
    )
  await noteHierarchy(db, group, 'REMOVED') // while the rows still say what is above it
  await noteThingGroup(db, group, 'DELETED')
  await db
    .deleteFrom('thing_groups')
    .where('account_id', '=', accountId)
    .where('thing_group_name', '=', thingGroupName)
    .execute()
  return group
}
