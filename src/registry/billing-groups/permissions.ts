import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { thingArn } from '../things/index.ts'
import { groupArn } from './billing-group.ts'

const onGroup = ({ billingGroupName }: { billingGroupName: string }, scope: ArnScope) => ({
  resources: [groupArn(scope, billingGroupName)],
})

/** What the request names; a request that names nothing is refused by the operation itself. */
function onMembership(input: Iot.AddThingToBillingGroupRequest, scope: ArnScope) {
  const { thingName, billingGroupName } = input
  const named = [
    input.billingGroupArn ?? (billingGroupName === undefined ? undefined : groupArn(scope, billingGroupName)),
    input.thingArn ?? (thingName === undefined ? undefined : thingArn(scope, thingName)),
  ].filter((arn) => arn !== undefined)
  return { resources: named.length > 0 ? named : ['*'] }
}

export const billingGroupsPermissions = {
  CreateBillingGroup: onGroup,
  DescribeBillingGroup: onGroup,
  UpdateBillingGroup: onGroup,
  DeleteBillingGroup: onGroup,
  ListBillingGroups: () => ({ resources: ['*'] }),
  AddThingToBillingGroup: onMembership,
  RemoveThingFromBillingGroup: onMembership,
  ListThingsInBillingGroup: onGroup,
} satisfies Partial<Permissions<typeof Iot>>
