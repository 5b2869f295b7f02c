/**
 * User properties that the messages of a connection are given.
 * Source: AWS IoT Developer Guide, "Adding propagating attributes for message enrichment".
 */
import type { UserProperties } from '../../fabric/in-process/index.ts'
import type { DeviceThing } from '../../access/policies/index.ts'
import type { Enrichment } from '../../registry/thing-types/index.ts'

/** Of a connection without a thing there are none. assumed: an attribute that the thing does not have is left out. */
export function userPropertiesOf(
  enrichments: readonly Enrichment[],
  { thing, clientId }: { thing: DeviceThing | undefined; clientId: string | undefined },
): UserProperties | undefined {
  if (!thing || enrichments.length === 0) return undefined
  const connection: Record<string, string | undefined> = {
    'iot:clientid': clientId,
    'iot:thing.thingname': thing.thingName,
  }
  const properties = enrichments.flatMap(({ userPropertyKey, thingAttribute, connectionAttribute }) => {
    const value =
      thingAttribute === undefined
        ? connection[connectionAttribute?.toLowerCase() ?? '']
        : attributeOf(thing, thingAttribute)
    return value === undefined ? [] : [[userPropertyKey, value] as const]
  })
  return properties.length > 0 ? properties : undefined
}

const attributeOf = ({ attributes }: DeviceThing, name: string): string | undefined =>
  Object.hasOwn(attributes, name) ? attributes[name] : undefined
