import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { commitChanges, type Fabric } from '../../fabric/in-process/index.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import type { Db, Store } from '../../store/index.ts'
import { getThing, resourceName } from '../things/index.ts'
import {
  addThingToGroup,
  groupsOfThing,
  listThingsInGroup,
  listThingsUnderGroup,
  removeThingFromGroup,
  type GroupMember,
} from './membership-store.ts'
import { getThingGroup } from './store.ts'

export interface GroupMembershipDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
}

interface Memberships {
  accountId: string
  thingName: string
  groupNames: readonly string[]
}

/** The operations on who is in which group; part of `thingGroupsOperations`. */
export function groupMembershipOperations({ store, fabric }: GroupMembershipDeps) {
  const commit = (
    { accountId, thingName, groupNames }: Memberships,
    work: (db: Db) => Promise<void>,
  ): Promise<void> => {
    const groups = groupNames.map((id) => ({ accountId, kind: 'thing-group' as const, id }))
    return commitChanges(
      { store, fabric },
      () => [{ accountId, kind: 'thing', id: thingName }, ...groups],
      work,
    )
  }

  return {
    async AddThingToThingGroup(input, context) {
      const { accountId } = context
      const { thingName, thingGroupName } = membershipNames(input, context)
      await commit({ accountId, thingName, groupNames: [thingGroupName] }, (db) =>
        addThingToGroup(db, { accountId, thingName, thingGroupName }),
      )
    },

    async RemoveThingFromThingGroup(input, context) {
      const { accountId } = context
      const { thingName, thingGroupName } = membershipNames(input, context)
      await commit({ accountId, thingName, groupNames: [thingGroupName] }, (db) =>
        removeThingFromGroup(db, { accountId, thingName, thingGroupName }),
      )
    },

    async UpdateThingGroupsForThing(input, { accountId }) {
      const { thingName, thingGroupsToAdd = [], thingGroupsToRemove = [] } = input
      if (thingName === undefined) throw iotError('InvalidRequestException', 'thingName is missing')
      await commit(
        { accountId, thingName, groupNames: [...thingGroupsToAdd, ...thingGroupsToRemove] },
        async (db) => {
          for (const thingGroupName of thingGroupsToRemove)
            // first, so that a thing can move inside a hierarchy
            await removeThingFromGroup(db, { accountId, thingName, thingGroupName })
          for (const thingGroupName of thingGroupsToAdd)
            await addThingToGroup(db, { accountId, thingName, thingGroupName })
        },
      )
    },

    async ListThingsInThingGroup({ thingGroupName, recursive = false, ...paging }, { accountId }) {
      await getThingGroup(store.read, accountId, thingGroupName)
      const page = parsePage(paging)
      const key = { accountId, thingGroupName }
      const found = recursive
        ? await listThingsUnderGroup(store.read, key, { ...page, after: parseMemberKey(page.after) })
        : await listThingsInGroup(store.read, key, page)
      const { rows, nextToken } = toPage(found, page, recursive ? memberKey : ({ thingName }) => thingName)
      return { things: rows.map(({ thingName }) => thingName), nextToken }
    },

    async ListThingGroupsForThing({ thingName, ...paging }, { accountId }) {
      await getThing(store.read, accountId, thingName)
      const page = parsePage(paging)
      const groups = await groupsOfThing(store.read, accountId, thingName, page)
      const { rows, nextToken } = toPage(groups, page, (group) => group.groupName)
      return { thingGroups: rows, nextToken }
    },
  } satisfies Partial<Operations<typeof Iot>>
}

/** Where a recursive list goes on: neither name may hold a newline. */
const memberKey = ({ thingGroupName, thingName }: GroupMember) => `${thingGroupName}\n${thingName}`

/** @throws {AwsError} `InvalidRequestException` when it is not of a recursive list */
function parseMemberKey(key: string | undefined): GroupMember | undefined {
  if (key === undefined) return undefined
  const [thingGroupName, thingName] = key.split('\n')
  if (thingGroupName !== undefined && thingName !== undefined) return { thingGroupName, thingName }
  throw iotError('InvalidRequestException', 'the nextToken is not one that a recursive list gave out')
}

function membershipNames(input: Iot.AddThingToThingGroupRequest, scope: ArnScope) {
  return {
    thingName: resourceName({ kind: 'thing', name: input.thingName, arn: input.thingArn, scope }),
    thingGroupName: resourceName({
      kind: 'thinggroup',
      name: input.thingGroupName,
      arn: input.thingGroupArn,
      scope,
    }),
  }
}
