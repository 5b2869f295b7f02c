import type * as Iot from '@aws-sdk/client-iot'
import type { Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import type { Db, Store } from '../../store/index.ts'
import { deleteTags, setTags } from '../tags/index.ts'
import { listAncestors, listThingGroups } from './hierarchy-store.ts'
import { groupMembershipOperations } from './membership-operations.ts'
import { createThingGroup, deleteThingGroup, getThingGroup, updateThingGroup } from './store.ts'
import { groupArn, type ThingGroup } from './thing-group.ts'

export interface ThingGroupsDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
  /** Takes every policy off a group that is deleted. */
  detachPolicies: (db: Db, accountId: string, thingGroupArn: string) => Promise<void>
}

export function thingGroupsOperations({ store, fabric, now, detachPolicies }: ThingGroupsDeps) {
  const commit = commitsOf({ store, fabric }, 'thing-group')
  return {
    ...groupMembershipOperations({ store, fabric }),

    async CreateThingGroup({ thingGroupName, parentGroupName, thingGroupProperties, tags }, context) {
      const { accountId, region } = context
      const description = thingGroupProperties?.thingGroupDescription ?? ''
      const attributes = thingGroupProperties?.attributePayload?.attributes ?? {}
      const wanted = {
        accountId,
        region,
        thingGroupName,
        parentGroupName,
        description,
        attributes,
        now: now(),
      }
      const group = await commit(accountId, thingGroupName, async (db) => {
        const outcome = await createThingGroup(db, wanted)
        if (outcome.created && tags) await setTags(db, accountId, outcome.group.thingGroupArn, tags)
        return outcome.group
      })
      return { thingGroupName, thingGroupArn: group.thingGroupArn, thingGroupId: group.thingGroupId }
    },

    async DescribeThingGroup({ thingGroupName }, { accountId }) {
      const group = await getThingGroup(store.read, accountId, thingGroupName)
      const { thingGroupId, thingGroupArn, version, parentGroupName, creationDate } = group
      const above = await listAncestors(store.read, group)
      return {
        thingGroupName,
        thingGroupId,
        thingGroupArn,
        version,
        thingGroupProperties: toProperties(group),
        thingGroupMetadata: {
          parentGroupName,
          rootToParentThingGroups: above.length > 0 ? above : undefined,
          creationDate,
        },
      }
    },

    async UpdateThingGroup({ thingGroupName, thingGroupProperties, expectedVersion }, { accountId }) {
      const { thingGroupDescription, attributePayload } = thingGroupProperties
      const update = {
        accountId,
        thingGroupName,
        description: thingGroupDescription, // assumed: kept when absent, taken away by an empty one
        attributes: attributePayload && (attributePayload.attributes ?? {}),
        merge: attributePayload?.merge,
        expectedVersion,
      }
      const { version } = await commit(accountId, thingGroupName, (db) => updateThingGroup(db, update))
      return { version }
    },

    async DeleteThingGroup({ thingGroupName, expectedVersion }, context) {
      const { accountId } = context
      const arn = groupArn(context, thingGroupName)
      await commit(accountId, thingGroupName, async (db) => {
        if (!(await deleteThingGroup(db, accountId, thingGroupName, expectedVersion))) return
        await detachPolicies(db, accountId, arn)
        await deleteTags(db, accountId, arn)
      })
    },

    async ListThingGroups({ parentGroup, namePrefixFilter, recursive = true, ...paging }, { accountId }) {
      if (parentGroup !== undefined) await getThingGroup(store.read, accountId, parentGroup)
      const page = parsePage(paging)
      // assumed: every level unless the caller asks for one
      const filter = { parentGroup, namePrefixFilter, recursive }
      const groups = await listThingGroups(store.read, accountId, filter, page)
      const { rows, nextToken } = toPage(groups, page, (group) => group.groupName)
      return { thingGroups: rows, nextToken }
    },
  } satisfies Partial<Operations<typeof Iot>>
}

function toProperties({ description, attributes }: ThingGroup): Iot.ThingGroupProperties {
  return {
    ...(description !== '' && { thingGroupDescription: description }),
    ...(Object.keys(attributes).length > 0 && { attributePayload: { attributes } }),
  }
}
