/** Static thing groups in hierarchies. Source of the rules: AWS IoT Developer Guide, "Static thing groups". */
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'
import { serializeAttributes, type Attributes } from '../things/index.ts'

export interface ThingGroup {
  accountId: string
  thingGroupName: string
  /** UUID. */
  thingGroupId: string
  thingGroupArn: string
  parentGroupName?: string | undefined
  /** The top of the hierarchy; the group itself when it has no parent. */
  rootGroupName: string
  /** Empty when there is none. */
  description: string
  attributes: Attributes
  /** 1 at creation, one more with each update. */
  version: number
  creationDate: Date
}

export interface GroupNameAndArn {
  groupName: string
  groupArn: string
}

export const maxDepth = 7
export const maxChildGroups = 100
const maxAttributes = 50
const maxGroupsOfThing = 10

export const groupArn = (scope: ArnScope, thingGroupName: string) =>
  iotArn(scope, `thinggroup/${thingGroupName}`)

/** @throws {AwsError} `InvalidRequestException` */
export function checkGroupAttributes(attributes: Attributes): void {
  const count = Object.keys(attributes).length
  if (count > maxAttributes)
    throw iotError(
      'InvalidRequestException',
      `a thing group has at most ${maxAttributes} attributes, got ${count}`,
    )
}

/** True when creating `wanted` over `group` changes nothing. */
export function isSameGroup(
  group: ThingGroup,
  wanted: Pick<ThingGroup, 'parentGroupName' | 'description' | 'attributes'>,
): boolean {
  return (
    group.parentGroupName === wanted.parentGroupName &&
    group.description === wanted.description &&
    serializeAttributes(group.attributes) === serializeAttributes(wanted.attributes)
  )
}

/**
 * May a thing in `memberships` also join `group`?
 * @throws {AwsError} `InvalidRequestException` when it is in too many groups, or in another of the same hierarchy
 */
export function checkJoinable(
  group: ThingGroup,
  memberships: readonly Pick<ThingGroup, 'thingGroupName' | 'rootGroupName'>[],
): void {
  const relative = memberships.find((other) => other.rootGroupName === group.rootGroupName)
  if (relative)
    throw iotError(
      'InvalidRequestException',
      `the thing is in group ${relative.thingGroupName} of the same hierarchy as ${group.thingGroupName}: a thing can be in one group of a hierarchy`,
    )
  if (memberships.length >= maxGroupsOfThing)
    throw iotError(
      'InvalidRequestException',
      `the thing is in ${maxGroupsOfThing} groups already, the most allowed`,
    )
}
