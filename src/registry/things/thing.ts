/** Registry entries for devices. Source of the rules: AWS IoT Developer Guide, "How to manage things with the registry". */
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'
import { serializeAttributes, type Attributes } from './attributes.ts'

export interface Thing {
  accountId: string
  thingName: string
  /** UUID. */
  thingId: string
  thingTypeName?: string | undefined
  billingGroupName?: string | undefined
  attributes: Attributes
  /** 1 at creation, one more with each update. */
  version: number
  creationDate: Date
}

const maxAttributes = 50
const maxAttributesWithoutType = 3

export const thingArn = (scope: ArnScope, thingName: string) => iotArn(scope, `thing/${thingName}`)

/**
 * For names that did not come through the API, e.g. out of a certificate's subject.
 * @throws {AwsError} `InvalidRequestException`
 */
export function checkThingName(thingName: string): void {
  if (!/^[a-zA-Z0-9:_-]{1,128}$/.test(thingName))
    throw iotError(
      'InvalidRequestException',
      `a thing name has 1 to 128 letters, digits, ':', '_', or '-', got ${excerpt(thingName)}`,
    )
}

/** @throws {AwsError} `InvalidRequestException` naming the attribute, or when there are too many */
export function checkThingAttributes(attributes: Attributes, thingTypeName: string | undefined): void {
  const limit = thingTypeName === undefined ? maxAttributesWithoutType : maxAttributes
  const entries = Object.entries(attributes)
  for (const [name, value] of entries) checkAttribute(name, value)
  if (entries.length > limit)
    throw iotError(
      'InvalidRequestException',
      `a thing ${thingTypeName === undefined ? 'without' : 'with'} a thing type has at most ${limit} attributes, got ${entries.length}`,
    )
}

function checkAttribute(name: string, value: string): void {
  if (!/^[a-zA-Z0-9_.,@/:#-]{1,128}$/.test(name))
    throw iotError(
      'InvalidRequestException',
      `an attribute name has 1 to 128 letters, digits, or any of _ . , @ / : # -, got ${excerpt(name)}`,
    )
  if (!/^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/.test(value))
    throw iotError(
      'InvalidRequestException',
      `the value of attribute ${name} may have 800 letters, digits, or any of _ . , @ / : # = [ ] -, got ${excerpt(value)}`,
    )
}

/** True when creating `wanted` over `thing` changes nothing. */
export function isSameConfiguration(
  thing: Thing,
  wanted: Pick<Thing, 'thingTypeName' | 'billingGroupName' | 'attributes'>,
): boolean {
  return (
    thing.thingTypeName === wanted.thingTypeName &&
    thing.billingGroupName === wanted.billingGroupName &&
    serializeAttributes(thing.attributes) === serializeAttributes(wanted.attributes)
  )
}

/**
 * Compares the version a caller has seen with the current one.
 * @throws {AwsError} `VersionConflictException`
 */
export function checkVersion(what: string, version: number, expectedVersion: number | undefined): void {
  if (expectedVersion !== undefined && expectedVersion !== version)
    throw iotError(
      'VersionConflictException',
      `the version of ${what} is ${version}, not ${expectedVersion} as expected`,
    )
}

const excerpt = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)

/** The name, for `Store.transact`, of what a work decides about a thing. */
export const workOnThing = (accountId: string, thingName: string): string => `${accountId} thing ${thingName}`

/** As a list shows it. */
export type ListedThing = Pick<Thing, 'thingName' | 'thingTypeName' | 'attributes' | 'version'>
