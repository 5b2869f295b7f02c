import { expect, it } from 'vitest'
import type { Store } from '../../store/index.ts'
import { thingGroupsOperations } from './operations.ts'
import { thingGroupsPermissions } from './permissions.ts'

const scope = { accountId: '111122223333', region: 'us-east-1' }
const group = 'arn:aws:iot:us-east-1:111122223333:thinggroup/house'
const thing = 'arn:aws:iot:us-east-1:111122223333:thing/lamp'

it('each operation has its permission', () => {
  const fabric = { announce: async () => {} }
  const detachPolicies = async () => {}
  const operations = thingGroupsOperations({
    store: {} as Store,
    fabric,
    now: () => new Date(),
    detachPolicies,
  })
  expect(Object.keys(thingGroupsPermissions).toSorted()).toEqual(Object.keys(operations).toSorted())
})

it.each([
  ['by names', { thingName: 'lamp', thingGroupName: 'house' }, [thing, group]],
  ['by ARNs', { thingArn: thing, thingGroupArn: group }, [thing, group]],
  ['by a name alone', { thingGroupName: 'house' }, [group]],
  ['by nothing, so everything', {}, ['*']],
])('joining a group is asked for both: %s', (_, input, resources) => {
  expect(thingGroupsPermissions.AddThingToThingGroup(input, scope)).toEqual({ resources })
})

it('changing memberships is asked for the thing and each group', () => {
  const input = { thingName: 'lamp', thingGroupsToAdd: ['house'], thingGroupsToRemove: ['yard'] }
  expect(thingGroupsPermissions.UpdateThingGroupsForThing(input, scope)).toEqual({
    resources: [thing, group, 'arn:aws:iot:us-east-1:111122223333:thinggroup/yard'],
  })
})
