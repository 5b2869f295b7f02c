import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import { parsePage, toPage, type PageRequest } from '../../api/aws/page.ts'
import type { Db, Store } from '../../store/index.ts'
import {
  attachThingPrincipal,
  detachThingPrincipal,
  listPrincipalThings,
  listThingPrincipals,
} from './principal-store.ts'
import { getThing } from './store.ts'
import { principalId, type ThingPrincipalType } from './thing-principal.ts'

export interface ThingPrincipalsDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  /** Is there a certificate (or identity) with this ARN? */
  principalExists: (db: Db, accountId: string, principal: string) => Promise<boolean>
}

/** The operations on attachments; part of `thingsOperations`. */
export function thingPrincipalsOperations({ store, fabric, principalExists }: ThingPrincipalsDeps) {
  const commit = commitsOf({ store, fabric }, 'thing-principal')

  async function pageOfThings(input: Listing & { principal: string }, accountId: string) {
    const page = parsePage(input)
    const things = await listPrincipalThings(store.read, accountId, input.principal, listing(input, page))
    return toPage(things, page, (thing) => thing.thingName)
  }

  async function pageOfPrincipals(input: Listing & { thingName: string }, accountId: string) {
    await getThing(store.read, accountId, input.thingName)
    const page = parsePage(input)
    const principals = await listThingPrincipals(store.read, accountId, input.thingName, listing(input, page))
    return toPage(principals, page, (one) => one.principal)
  }

  return {
    async AttachThingPrincipal({ thingName, principal, thingPrincipalType }, { accountId }) {
      await commit(accountId, principalId(principal), async (db) => {
        if (!(await principalExists(db, accountId, principal)))
          throw iotError('ResourceNotFoundException', `no certificate or identity is called ${principal}`)
        await attachThingPrincipal(db, { accountId, thingName, principal, thingPrincipalType })
      })
    },

    async DetachThingPrincipal({ thingName, principal }, { accountId }) {
      await commit(accountId, principalId(principal), (db) =>
        detachThingPrincipal(db, { accountId, thingName, principal }),
      )
    },

    async ListThingPrincipals(input, { accountId }) {
      const { rows, nextToken } = await pageOfPrincipals(input, accountId)
      return { principals: rows.map((one) => one.principal), nextToken }
    },

    async ListThingPrincipalsV2(input, { accountId }) {
      const { rows, nextToken } = await pageOfPrincipals(input, accountId)
      return { thingPrincipalObjects: rows, nextToken }
    },

    async ListPrincipalThings(input, { accountId }) {
      const { rows, nextToken } = await pageOfThings(input, accountId)
      return { things: rows.map((one) => one.thingName), nextToken }
    },

    async ListPrincipalThingsV2(input, { accountId }) {
      const { rows, nextToken } = await pageOfThings(input, accountId)
      return { principalThingObjects: rows, nextToken }
    },
  } satisfies Partial<Operations<typeof Iot>>
}

interface Listing {
  nextToken?: string | undefined
  maxResults?: number | undefined
  thingPrincipalType?: ThingPrincipalType | undefined
}

const listing = ({ thingPrincipalType }: Listing, page: PageRequest) => ({ page, thingPrincipalType })
