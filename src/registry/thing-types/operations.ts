import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import type { Db, Store } from '../../store/index.ts'
import { deleteTags, setTags } from '../tags/index.ts'
import {
  createThingType,
  deleteThingType,
  findThingType,
  getThingType,
  listThingTypes,
  saveThingType,
} from './store.ts'
import {
  checkDeletable,
  checkProperties,
  normalizeProperties,
  typeArn,
  type ThingType,
} from './thing-type.ts'

export interface ThingTypesDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
  hasThingsOfType: (db: Db, accountId: string, thingTypeName: string) => Promise<boolean>
  /** How long a deprecated type is kept from deletion; AWS's five minutes when absent. */
  deletionWaitMs?: number
}

export function thingTypesOperations({
  store,
  fabric,
  now,
  hasThingsOfType,
  deletionWaitMs,
}: ThingTypesDeps) {
  const commit = commitsOf({ store, fabric }, 'thing-type')

  return {
    async CreateThingType({ thingTypeName, thingTypeProperties = {}, tags }, { accountId, region }) {
      const wanted = { accountId, region, thingTypeName, properties: thingTypeProperties, now: now() }
      const thingTypeArn = typeArn({ accountId, region }, thingTypeName)
      const { type } = await commit(accountId, thingTypeName, async (db) => {
        const outcome = await createThingType(db, wanted)
        if (outcome.created && tags) await setTags(db, accountId, thingTypeArn, tags)
        return outcome
      })
      return { thingTypeName, thingTypeArn, thingTypeId: type.thingTypeId }
    },

    async DescribeThingType({ thingTypeName }, context) {
      const type = await getThingType(store.read, context.accountId, thingTypeName)
      return { ...toDefinition(type, context), thingTypeId: type.thingTypeId }
    },

    async ListThingTypes({ thingTypeName, nextToken, maxResults }, context) {
      if (thingTypeName !== undefined) {
        const type = await findThingType(store.read, context.accountId, thingTypeName)
        return { thingTypes: type ? [toDefinition(type, context)] : [] }
      }
      const page = parsePage({ nextToken, maxResults })
      const types = await listThingTypes(store.read, context.accountId, page)
      const { rows, nextToken: next } = toPage(types, page, (type) => type.thingTypeName)
      return { thingTypes: rows.map((type) => toDefinition(type, context)), nextToken: next }
    },

    async UpdateThingType({ thingTypeName, thingTypeProperties = {} }, { accountId }) {
      await commit(accountId, thingTypeName, async (db) => {
        const type = await getThingType(db, accountId, thingTypeName)
        // assumed: what the request leaves out stays as it is
        const properties = normalizeProperties({
          ...type.properties,
          ...withoutUndefined(thingTypeProperties),
        })
        checkProperties(properties)
        await saveThingType(db, { ...type, properties })
      })
    },

    async DeprecateThingType({ thingTypeName, undoDeprecate }, { accountId }) {
      await store.transact(async (db) => {
        const type = await getThingType(db, accountId, thingTypeName)
        // assumed: deprecating once more does not start the wait again
        const deprecationDate = undoDeprecate ? undefined : (type.deprecationDate ?? now())
        await saveThingType(db, { ...type, deprecationDate })
      })
    },

    async DeleteThingType({ thingTypeName }, context) {
      const { accountId } = context
      await commit(accountId, thingTypeName, async (db) => {
        const type = await getThingType(db, accountId, thingTypeName)
        checkDeletable(type, now(), deletionWaitMs)
        if (await hasThingsOfType(db, accountId, thingTypeName))
          throw iotError(
            'InvalidRequestException',
            `cannot delete thing type ${thingTypeName}: things still have it`,
          )
        await deleteThingType(db, type)
        await deleteTags(db, accountId, typeArn(context, thingTypeName))
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}

function toDefinition(type: ThingType, scope: ArnScope) {
  const { thingTypeName, properties, creationDate, deprecationDate } = type
  return {
    thingTypeName,
    thingTypeArn: typeArn(scope, thingTypeName),
    thingTypeProperties: properties,
    thingTypeMetadata: { creationDate, deprecated: deprecationDate !== undefined, deprecationDate },
  }
}

function withoutUndefined(properties: Iot.ThingTypeProperties): Iot.ThingTypeProperties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))
}
