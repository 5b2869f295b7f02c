import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { thingArn } from '../things/index.ts'
import { groupArn } from './thing-group.ts'

const onGroup = ({ thingGroupName }: { thingGroupName: string }, scope: ArnScope) => ({
  resources: [groupArn(scope, thingGroupName)],
})

/** What the request names; a request that names nothing is refused by the operation itself. */
function onMembership(input: Iot.AddThingToThingGroupRequest, scope: ArnScope) {
  const { thingName, thingGroupName } = input
  const named = [
    input.thingArn ?? (thingName === undefined ? undefined : thingArn(scope, thingName)),
    input.thingGroupArn ?? (thingGroupName === undefined ? undefined : groupArn(scope, thingGroupName)),
  ]
  return { resources: onAnythingElse(named.filter((arn) => arn !== undefined)) }
}

function onMemberships(input: Iot.UpdateThingGroupsForThingRequest, scope: ArnScope) {
  const { thingName, thingGroupsToAdd = [], thingGroupsToRemove = [] } = input
  const groups = [...thingGroupsToAdd, ...thingGroupsToRemove].map((name) => groupArn(scope, name))
  return {
    resources: onAnythingElse(thingName === undefined ? groups : [thingArn(scope, thingName), ...groups]),
  }
}

const onAnythingElse = (resources: string[]) => (resources.length > 0 ? resources : ['*'])

export const thingGroupsPermissions = {
  CreateThingGroup: onGroup,
  DescribeThingGroup: onGroup,
  UpdateThingGroup: onGroup,
  DeleteThingGroup: onGroup,
  ListThingGroups: () => ({ resources: ['*'] }),
  AddThingToThingGroup: onMembership,
  RemoveThingFromThingGroup: onMembership,
  UpdateThingGroupsForThing: onMemberships,
  ListThingsInThingGroup: onGroup,
  ListThingGroupsForThing: ({ thingName }, scope) => ({ resources: [thingArn(scope, thingName)] }),
} satisfies Partial<Permissions<typeof Iot>>
