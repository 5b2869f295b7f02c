/** Groups of things for cost accounting. Source of the rules: AWS IoT Developer Guide, "Tagging with billing groups". */
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'
import type { Thing } from '../things/index.ts'

export interface BillingGroup {
  accountId: string
  billingGroupName: string
  /** UUID. */
  billingGroupId: string
  /** Empty when there is none. */
  description: string
  /** 1 at creation, one more with each update. */
  version: number
  creationDate: Date
}

export const groupArn = (scope: ArnScope, billingGroupName: string) =>
  iotArn(scope, `billinggroup/${billingGroupName}`)

/**
 * A thing is in at most one billing group.
 * @throws {AwsError} `InvalidRequestException` when it is in another one
 */
export function checkJoinable({ thingName, billingGroupName }: Thing, wantedName: string): void {
  // assumed: AWS refuses too, rather than moving the thing
  if (billingGroupName !== undefined && billingGroupName !== wantedName)
    throw iotError(
      'InvalidRequestException',
      `thing ${thingName} is in billing group ${billingGroupName}; remove it there before adding it to ${wantedName}`,
    )
}
