/** What is told of thing types. Source: AWS IoT Developer Guide, "Registry events". */
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Db } from '../../store/index.ts'
import { noteEvent, type ResourceOperation } from '../events/index.ts'
import type { ThingType } from './thing-type.ts'

/** Deprecation, and taking it back, are updates. */
export function noteThingType(db: Db, type: ThingType, operation: ResourceOperation): MaybePromise<void> {
  const { accountId, thingTypeId, thingTypeName, deprecationDate, properties } = type
  return noteEvent(db, accountId, 'THING_TYPE', () => ({
    topic: `thingType/${thingTypeName}/${operation.toLowerCase()}`,
    members: {
      operation,
      accountId,
      thingTypeId,
      thingTypeName,
      isDeprecated: deprecationDate !== undefined,
      deprecationDate: deprecationDate?.getTime() ?? null,
      searchableAttributes: properties.searchableAttributes ?? [],
      propagatingAttributes: properties.mqtt5Configuration?.propagatingAttributes ?? [],
      description: properties.thingTypeDescription ?? null,
    },
  }))
}
