/** What is told of things. Source: AWS IoT Developer Guide, "Registry events". */
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Db } from '../../store/index.ts'
import { noteEvent, type ResourceOperation, type AssociationOperation } from '../events/index.ts'
import type { Thing } from './thing.ts'

/** `thing` as it is after the change; as it was, when it is deleted. */
export function noteThing(db: Db, thing: Thing, operation: ResourceOperation): MaybePromise<void> {
  const { accountId, thingId, thingName, version, thingTypeName = null, attributes } = thing
  return noteEvent(db, accountId, 'THING', () => ({
    topic: `thing/${thingName}/${operation.toLowerCase()}`,
    members: { operation, accountId, thingId, thingName, versionNumber: version, thingTypeName, attributes },
  }))
}

/** That the thing has a type, or not any more; nothing when it has the one that it had. */
export async function noteThingTypeAssociation(db: Db, thing: Thing, typeBefore?: string): Promise<void> {
  const { thingTypeName } = thing
  if (thingTypeName === typeBefore) return
  if (typeBefore !== undefined) await noteAssociation(db, thing, [typeBefore, 'REMOVED'])
  if (thingTypeName !== undefined) await noteAssociation(db, thing, [thingTypeName, 'ADDED'])
}

function noteAssociation(
  db: Db,
  { accountId, thingId, thingName }: Thing,
  [thingTypeName, operation]: [name: string, operation: AssociationOperation],
): MaybePromise<void> {
  return noteEvent(db, accountId, 'THING_TYPE_ASSOCIATION', () => ({
    topic: `thingTypeAssociation/thing/${thingName}/thingType/${thingTypeName}/${operation.toLowerCase()}`,
    members: { operation, thingId, thingName, thingTypeName },
  }))
}
