/**
 * Which certificate or identity stands for which thing. Source of the rules: AWS IoT API Reference,
 * AttachThingPrincipal.
 */
import { iotError } from '../../api/aws/errors.ts'
import { parseArn } from '../../lib/arn.ts'

/** `EXCLUSIVE_THING`: the thing is the only one that its principal is attached to. */
export type ThingPrincipalType = 'EXCLUSIVE_THING' | 'NON_EXCLUSIVE_THING'

export interface ThingPrincipal {
  /** ARN of a certificate, or a Cognito identity. */
  principal: string
  thingPrincipalType: ThingPrincipalType
}

export interface PrincipalThing {
  thingName: string
  thingPrincipalType: ThingPrincipalType
}

/**
 * What attaching a principal to `thingName` asks for. `attached` are things the principal has; any two of them
 * tell enough, since an exclusive one would be the only one.
 * @returns true when there is a row to write
 * @throws {AwsError} `InvalidRequestException` when an exclusive attachment would not stay the only one
 */
export function decideAttachment(
  thingName: string,
  wantedType: ThingPrincipalType | undefined,
  attached: readonly PrincipalThing[],
): boolean {
  const own = attached.find((one) => one.thingName === thingName)
  if (own) {
    checkSameType(own, wantedType)
    return false
  }
  const exclusive = attached.find((one) => one.thingPrincipalType === 'EXCLUSIVE_THING')
  if (exclusive)
    throw iotError(
      'InvalidRequestException',
      `the principal is attached exclusively to thing ${exclusive.thingName}; detach it there first`,
    )
  const [other] = attached
  if (other && wantedType === 'EXCLUSIVE_THING')
    throw iotError(
      'InvalidRequestException',
      `the principal cannot be attached exclusively to thing ${thingName}: it is attached to thing ${other.thingName}`,
    )
  return true
}

// assumed: an attachment keeps its type until it is detached; asking for no type in particular finds it as it is
function checkSameType(own: PrincipalThing, wantedType: ThingPrincipalType | undefined): void {
  if (wantedType !== undefined && wantedType !== own.thingPrincipalType)
    throw iotError(
      'InvalidRequestException',
      `the principal is attached to thing ${own.thingName} as ${own.thingPrincipalType}; detach it to attach it as ${wantedType}`,
    )
}

/** The certificate id in a certificate's ARN; any other principal as it is. */
export function principalId(principal: string): string {
  const resource = parseArn(principal)?.resource
  return resource?.startsWith('cert/') ? resource.slice('cert/'.length) : principal
}
