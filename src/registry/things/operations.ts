import { commitsOf } from '../../fabric/in-process/index.ts'
import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import { thingPrincipalsOperations, type ThingPrincipalsDeps } from './principal-operations.ts'
import { listThings, pageKey } from './search-store.ts'
import { createThing, deleteThing, getThing, updateThing } from './store.ts'
import { thingArn, workOnThing } from './thing.ts'

export interface ThingsDeps extends ThingPrincipalsDeps {
  now: () => Date
}

export function thingsOperations(deps: ThingsDeps) {
  const { store, fabric, now } = deps
  const commit = commitsOf({ store, fabric }, 'thing')
  /** Of what it asks for beside the thing: who changes that runs alone. */
  const commitThing: typeof commit = (accountId, thingName, work) =>
    commit(accountId, thingName, work, [workOnThing(accountId, thingName)])
  return {
    ...thingPrincipalsOperations(deps),

    async CreateThing({ thingName, thingTypeName, attributePayload, billingGroupName }, context) {
      const { accountId, region } = context
      const attributes = attributePayload?.attributes ?? {}
      const wanted = { accountId, region, thingName, thingTypeName, billingGroupName, attributes, now: now() }
      const { thingId } = await commitThing(accountId, thingName, (db) => createThing(db, wanted))
      return { thingName, thingArn: thingArn(context, thingName), thingId }
    },

    async DescribeThing({ thingName }, context) {
      const thing = await getThing(store.read, context.accountId, thingName)
      const { thingId, thingTypeName, billingGroupName, attributes, version } = thing
      return {
        defaultClientId: thingName,
        thingName,
        thingId,
        thingArn: thingArn(context, thingName),
        thingTypeName,
        attributes,
        version,
        billingGroupName,
      }
    },

    async UpdateThing({ attributePayload, ...input }, { accountId }) {
      const attributes = attributePayload && (attributePayload.attributes ?? {})
      const update = { ...input, accountId, attributes, merge: attributePayload?.merge }
      await commitThing(accountId, input.thingName, (db) => updateThing(db, update))
    },

    async DeleteThing({ thingName, expectedVersion }, { accountId }) {
      await commitThing(accountId, thingName, (db) => deleteThing(db, accountId, thingName, expectedVersion))
    },

    async ListThings({ nextToken, maxResults, ...filter }, context) {
      if (filter.attributeValue !== undefined && filter.attributeName === undefined)
        throw iotError('InvalidRequestException', 'attributeValue needs an attributeName to search by')
      const page = parsePage({ nextToken, maxResults })
      const found = await listThings(store.read, context.accountId, filter, page)
      const { rows, nextToken: next } = toPage(found, page, (thing) => pageKey(filter, thing))
      const things = rows.map(({ thingName, thingTypeName, attributes, version }) => ({
        thingName,
        thingTypeName,
        thingArn: thingArn(context, thingName),
        attributes,
        version,
      }))
      return { things, nextToken: next }
    },
  } satisfies Partial<Operations<typeof Iot>>
}
