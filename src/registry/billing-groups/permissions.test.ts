import { expect, it } from 'vitest'
import type { Store } from '../../store/index.ts'
import { billingGroupsOperations } from './operations.ts'
import { billingGroupsPermissions } from './permissions.ts'

const scope = { accountId: '111122223333', region: 'us-east-1' }
const group = 'arn:aws:iot:us-east-1:111122223333:billinggroup/ours'
const thing = 'arn:aws:iot:us-east-1:111122223333:thing/lamp'

it('each operation has its permission', () => {
  const fabric = { announce: async () => {} }
  const operations = billingGroupsOperations({ store: {} as Store, fabric, now: () => new Date() })
  expect(Object.keys(billingGroupsPermissions).toSorted()).toEqual(Object.keys(operations).toSorted())
})

it.each([
  ['by names', { thingName: 'lamp', billingGroupName: 'ours' }, [group, thing]],
  ['by ARNs', { thingArn: thing, billingGroupArn: group }, [group, thing]],
  ['by nothing, so everything', {}, ['*']],
])('joining a group is asked for both: %s', (_, input, resources) => {
  expect(billingGroupsPermissions.AddThingToBillingGroup(input, scope)).toEqual({ resources })
})
