/** Web services that rules may send messages to. Source: AWS IoT Developer Guide, "Working with HTTP topic rule destinations". */
import { iotError } from '../api/aws/errors.ts'
import { iotArn, resourceIn, type ArnScope } from '../lib/arn.ts'

/** What is stored; a confirmation that takes too long is `ERROR` to see. */
type StoredStatus = 'ENABLED' | 'IN_PROGRESS' | 'DISABLED'

export interface Destination {
  accountId: string
  /** UUID. */
  destinationId: string
  confirmationUrl: string
  status: StoredStatus
  statusReason?: string
  createdAt: Date
  lastUpdatedAt: Date
}

/** assumed: as long as AWS gives an endpoint to be confirmed */
const confirmWithinMs = 3 * 24 * 3_600_000

export const destinationArn = (scope: ArnScope, destinationId: string) =>
  iotArn(scope, `ruledestination/http/${destinationId}`)

/** @throws {AwsError} `InvalidRequestException` when it is not the ARN of an HTTP destination of this account and region */
export function parseDestinationArn(arn: string, scope: ArnScope): string {
  const resource = resourceIn(scope, 'iot', arn) ?? ''
  const [, destinationId] = /^ruledestination\/http\/([0-9a-f-]{36})$/.exec(resource) ?? []
  if (destinationId !== undefined) return destinationId
  throw iotError(
    'InvalidRequestException',
    `"${arn.slice(0, 200)}" is not the ARN of a topic rule destination`,
  )
}

export function isConfirmable({ status, lastUpdatedAt }: Destination, now: Date): boolean {
  return status === 'IN_PROGRESS' && now.getTime() - lastUpdatedAt.getTime() <= confirmWithinMs
}

/**
 * The state that an update asks for. IN_PROGRESS begins the confirmation anew.
 * @throws {AwsError} `InvalidRequestException` when the destination cannot go there from where it is
 */
export function nextStatus({ status }: Destination, wanted: string): StoredStatus {
  if (wanted === 'IN_PROGRESS') return wanted
  if (wanted === 'ENABLED' && status === 'DISABLED') return wanted
  if (wanted === 'DISABLED' && status === 'ENABLED') return wanted
  throw iotError(
    'InvalidRequestException',
    `a topic rule destination that is ${status} cannot be made ${wanted}`,
  )
}

/** As AWS shows it. */
export function describeDestination(
  destination: Destination,
  { region, now }: { region: string; now: Date },
) {
  const { accountId, destinationId, status, statusReason, createdAt, lastUpdatedAt } = destination
  const isLate = status === 'IN_PROGRESS' && !isConfirmable(destination, now)
  const reason = isLate ? 'Destination confirmation timed out.' : statusReason
  return {
    arn: destinationArn({ accountId, region }, destinationId),
    status: isLate ? ('ERROR' as const) : status,
    createdAt,
    lastUpdatedAt,
    ...(reason !== undefined && { statusReason: reason }),
  }
}
