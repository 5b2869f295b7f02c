/** Kinds of things. Source of the rules: AWS IoT Developer Guide, "Thing types". */
import { isDeepStrictEqual } from 'node:util'
import type { PropagatingAttribute, ThingTypeProperties } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'

export interface ThingType {
  accountId: string
  thingTypeName: string
  /** UUID. */
  thingTypeId: string
  properties: ThingTypeProperties
  creationDate: Date
  /** Set while the type is deprecated: no thing may take it on. */
  deprecationDate?: Date | undefined
}

/** What the messages of things of a type are given: a user property from an attribute of the thing, or of the connection. */
export interface Enrichment {
  userPropertyKey: string
  thingAttribute?: string | undefined
  connectionAttribute?: string | undefined
}

const maxSearchableAttributes = 3
/** Of a connection, in any case. AWS CloudFormation, "AWS::IoT::ThingType PropagatingAttribute". */
const connectionAttributes = ['iot:ClientId', 'iot:Thing.ThingName']
const defaultDeletionWaitMs = 5 * 60_000

export const typeArn = (scope: ArnScope, thingTypeName: string) => iotArn(scope, `thingtype/${thingTypeName}`)

/** Leaves out what is empty. */
export function normalizeProperties(properties: ThingTypeProperties): ThingTypeProperties {
  const { thingTypeDescription, searchableAttributes = [], mqtt5Configuration } = properties
  const propagatingAttributes = (mqtt5Configuration?.propagatingAttributes ?? []).map(
    ({ userPropertyKey, thingAttribute, connectionAttribute }) => ({
      userPropertyKey,
      ...(thingAttribute !== undefined && { thingAttribute }),
      ...(connectionAttribute !== undefined && { connectionAttribute }),
    }),
  )
  return {
    ...(thingTypeDescription && { thingTypeDescription }),
    ...(searchableAttributes.length > 0 && { searchableAttributes }),
    ...(propagatingAttributes.length > 0 && { mqtt5Configuration: { propagatingAttributes } }),
  }
}

/** Both normalized. The attributes of either kind are a set: whoever names them in another order means the same. */
export function isSameProperties(left: ThingTypeProperties, right: ThingTypeProperties): boolean {
  return isDeepStrictEqual(withSets(left), withSets(right))
}

const withSets = ({
  thingTypeDescription,
  searchableAttributes,
  mqtt5Configuration,
}: ThingTypeProperties) => ({
  thingTypeDescription,
  searchable: new Set(searchableAttributes),
  propagating: new Set(mqtt5Configuration?.propagatingAttributes),
})

/** @throws {AwsError} `InvalidRequestException` */
export function checkProperties({
  searchableAttributes = [],
  mqtt5Configuration,
}: ThingTypeProperties): void {
  // assumed: the limit that AWS's own tools know of
  if (searchableAttributes.length > maxSearchableAttributes)
    throw iotError(
      'InvalidRequestException',
      `a thing type has at most ${maxSearchableAttributes} searchable attributes, got ${searchableAttributes.length}`,
    )
  for (const attribute of mqtt5Configuration?.propagatingAttributes ?? []) checkPropagating(attribute)
}

function checkPropagating({
  userPropertyKey,
  thingAttribute,
  connectionAttribute,
}: PropagatingAttribute): void {
  if (!userPropertyKey || Boolean(thingAttribute) === Boolean(connectionAttribute))
    throw iotError(
      'InvalidRequestException',
      'a propagating attribute needs a userPropertyKey and either a thingAttribute or a connectionAttribute',
    )
  const name = connectionAttribute?.toLowerCase()
  if (!name || connectionAttributes.some((known) => known.toLowerCase() === name)) return
  throw iotError(
    'InvalidRequestException',
    `a connectionAttribute is one of ${connectionAttributes.join(', ')}; it is "${connectionAttribute}"`,
  )
}

/** @throws {AwsError} `InvalidRequestException` when the type is deprecated */
export function checkUsable(type: ThingType): void {
  if (type.deprecationDate)
    throw iotError(
      'InvalidRequestException',
      `thing type ${type.thingTypeName} is deprecated: no thing can be given it`,
    )
}

/**
 * AWS deletes a type only five minutes after its deprecation; `waitMs` may shorten that.
 * @throws {AwsError} `InvalidRequestException` when the type is not deprecated, or not for long enough
 */
export function checkDeletable(type: ThingType, now: Date, waitMs = defaultDeletionWaitMs): void {
  if (!type.deprecationDate)
    throw iotError(
      'InvalidRequestException',
      `cannot delete thing type ${type.thingTypeName}: it is not deprecated`,
    )
  const leftMs = type.deprecationDate.getTime() + waitMs - now.getTime()
  if (leftMs > 0)
    throw iotError(
      'InvalidRequestException',
      `Please wait for 5 minutes after deprecation and then retry. Thing type ${type.thingTypeName} can be deleted in ${Math.ceil(leftMs / 1000)} seconds`,
    )
}
