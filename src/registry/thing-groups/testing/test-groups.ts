/** Thing groups and things in a store of their own, for the tests of this folder. */
import { rootContext } from '../../../../test/helpers/call-context.ts'
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { Change } from '../../../fabric/in-process/index.ts'
import { thingsOperations } from '../../things/index.ts'
import { thingGroupsOperations } from '../operations.ts'

export const now = new Date('2026-05-01T12:00:00Z')
export const context = rootContext('111122223333')
export const elsewhere = rootContext('444455556666')
export const arn = (name: string) => `arn:aws:iot:us-east-1:111122223333:thinggroup/${name}`
export const nameAndArn = (name: string) => ({ groupName: name, groupArn: arn(name) })

export async function openTestGroups() {
  const store = await openTestStore()
  const changes: Change[] = []
  const detachedFrom: string[] = []
  const fabric = { announce: async (...announced: Change[]) => void changes.push(...announced) }
  const detachPolicies = async (_: unknown, __: string, target: string) => void detachedFrom.push(target)
  const operations = thingGroupsOperations({ store, fabric, now: () => now, detachPolicies })
  return {
    store,
    changes,
    detachedFrom,
    operations,
    things: thingsOperations({ store, fabric, now: () => now, principalExists: async () => true }),
    createGroup: (thingGroupName: string, parentGroupName?: string) =>
      operations.CreateThingGroup({ thingGroupName, parentGroupName }, context),
  }
}

export type TestGroups = Awaited<ReturnType<typeof openTestGroups>>
