/** What is told of thing groups. Source: AWS IoT Developer Guide, "Registry events". */
import { createHash } from 'node:crypto'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Db } from '../../store/index.ts'
import { noteEvent, type ResourceOperation, type AssociationOperation } from '../events/index.ts'
import { thingArn, type Thing } from '../things/index.ts'
import { listAncestorIds } from './hierarchy-store.ts'
import type { ThingGroup } from './thing-group.ts'

/** While the group still is where it is in its hierarchy. */
export async function noteThingGroup(db: Db, group: ThingGroup, operation: ResourceOperation): Promise<void> {
  const { accountId, thingGroupName } = group
  await noteEvent(db, accountId, 'THING_GROUP', async () => {
    const above = await listAncestorIds(db, group)
    return {
      topic: `thingGroup/${thingGroupName}/${operation.toLowerCase()}`,
      members: {
        operation,
        accountId,
        thingGroupId: group.thingGroupId,
        thingGroupName,
        versionNumber: group.version,
        parentGroupName: group.parentGroupName ?? null,
        parentGroupId: above.at(-1)?.groupId ?? null,
        description: group.description === '' ? null : group.description,
        rootToParentThingGroups: above.map(({ groupArn, groupId }) => ({ groupArn, groupId })),
        attributes: group.attributes,
        dynamicGroupMappingId: null,
      },
    }
  })
}

/** That a group is under another, or not any more; nothing for a group at the top. */
export async function noteHierarchy(
  db: Db,
  child: ThingGroup,
  operation: AssociationOperation,
): Promise<void> {
  const { accountId, parentGroupName, thingGroupId: childGroupId, thingGroupName: childGroupName } = child
  if (parentGroupName === undefined) return
  await noteEvent(db, accountId, 'THING_GROUP_HIERARCHY', async () => {
    const parent = (await listAncestorIds(db, child)).at(-1)
    return {
      topic: `thingGroupHierarchy/thingGroup/${parentGroupName}/childThingGroup/${childGroupName}/${operation.toLowerCase()}`,
      members: {
        operation,
        accountId,
        thingGroupId: parent?.groupId ?? null,
        thingGroupName: parentGroupName,
        childGroupId,
        childGroupName,
      },
    }
  })
}

export function noteMembership(
  db: Db,
  { group, thing }: { group: ThingGroup; thing: Thing },
  operation: AssociationOperation,
): MaybePromise<void> {
  const { accountId, thingId, thingName } = thing
  const { thingGroupId: groupId, thingGroupArn: groupArn, thingGroupName } = group
  return noteEvent(db, accountId, 'THING_GROUP_MEMBERSHIP', (scope) => ({
    topic: `thingGroupMembership/thingGroup/${thingGroupName}/thing/${thingName}/${operation.toLowerCase()}`,
    members: {
      operation,
      accountId,
      groupArn,
      groupId,
      thingArn: thingArn(scope, thingName),
      thingId,
      membershipId: membershipIdOf(groupId, thingId),
    },
  }))
}

/** In the form of a UUID. assumed: the same each time the thing comes into the group, as it is made of both. */
function membershipIdOf(groupId: string, thingId: string): string {
  const hex = createHash('sha256').update(`${groupId} ${thingId}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}
