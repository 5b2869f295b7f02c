/** Custom authorizers over the AWS API. */
import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { decodeMarker } from '../../api/aws/page-marker.ts'
import { toPage } from '../../api/aws/page.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { deleteTags, setTags } from '../../registry/tags/index.ts'
import type { Store } from '../../store/index.ts'
import { authorizerArn, checkAuthorizer, checkDeletable, type Authorizer } from './authorizer.ts'
import {
  findDefaultName,
  getAuthorizer,
  getDefaultName,
  insertAuthorizer,
  listAuthorizers,
  removeAuthorizer,
  saveAuthorizer,
  setDefaultName,
} from './store.ts'
import { tryAuthorizer, type TrialDeps } from './trial.ts'

interface AuthorizersDeps extends TrialDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
}

const defaultPageSize = 25 // assumed

export function authorizersOperations(deps: AuthorizersDeps) {
  const { store, fabric, now } = deps
  const commit = commitsOf({ store, fabric }, 'authorizer')

  return {
    async CreateAuthorizer({ tags = [], ...input }, context) {
      const { accountId } = context
      const created = newAuthorizer(input, accountId, now())
      checkAuthorizer(created)
      const { authorizerName } = created
      const arn = authorizerArn(context, authorizerName)
      await commit(accountId, authorizerName, async (db) => {
        await insertAuthorizer(db, created, arn)
        await setTags(db, accountId, arn, tags)
      })
      return { authorizerName, authorizerArn: arn }
    },

    async UpdateAuthorizer({ authorizerName, ...changes }, context) {
      const { accountId } = context
      await commit(accountId, authorizerName, async (db) => {
        const found = await getAuthorizer(db, accountId, authorizerName)
        const updated = { ...found, ...definedOf(changes), lastModifiedDate: now() }
        checkAuthorizer(updated)
        await saveAuthorizer(db, updated)
      })
      return { authorizerName, authorizerArn: authorizerArn(context, authorizerName) }
    },

    async DescribeAuthorizer({ authorizerName }, context) {
      const found = await getAuthorizer(store.read, context.accountId, authorizerName)
      return { authorizerDescription: describeAuthorizer(found, context) }
    },

    async ListAuthorizers({ pageSize = defaultPageSize, marker, ascendingOrder = false, status }, context) {
      const page = { after: decodeMarker(marker), limit: pageSize }
      const all = await listAuthorizers(store.read, context.accountId)
      const ordered = (ascendingOrder ? all : all.toReversed()).filter(
        (one) => status === undefined || one.status === status,
      )
      const isAfter = ({ authorizerName: name }: Authorizer, after: string) =>
        ascendingOrder ? name > after : name < after
      const listed = ordered.filter((one) => page.after === undefined || isAfter(one, page.after))
      const { rows, nextToken } = toPage(listed, page, ({ authorizerName }) => authorizerName)
      const authorizers = rows.map(({ authorizerName }) => ({
        authorizerName,
        authorizerArn: authorizerArn(context, authorizerName),
      }))
      return { authorizers, nextMarker: nextToken }
    },

    async DeleteAuthorizer({ authorizerName }, context) {
      const { accountId } = context
      await commit(accountId, authorizerName, async (db) => {
        const found = await getAuthorizer(db, accountId, authorizerName)
        checkDeletable(found, (await findDefaultName(db, accountId)) === authorizerName)
        await removeAuthorizer(db, accountId, authorizerName)
        await deleteTags(db, accountId, authorizerArn(context, authorizerName))
      })
    },

    async SetDefaultAuthorizer({ authorizerName }, context) {
      const { accountId } = context
      const arn = authorizerArn(context, authorizerName)
      await commit(accountId, authorizerName, async (db) => {
        await getAuthorizer(db, accountId, authorizerName)
        if ((await findDefaultName(db, accountId)) === authorizerName)
          throw iotError(
            'ResourceAlreadyExistsException',
            `${authorizerName} is the default authorizer already`,
            { resourceId: authorizerName, resourceArn: arn },
          )
        await setDefaultName(db, accountId, authorizerName)
      })
      return { authorizerName, authorizerArn: arn }
    },

    async DescribeDefaultAuthorizer(_, context) {
      const { accountId } = context
      const name = await getDefaultName(store.read, accountId)
      const found = await getAuthorizer(store.read, accountId, name)
      return { authorizerDescription: describeAuthorizer(found, context) }
    },

    async ClearDefaultAuthorizer(_, { accountId }) {
      await commit(accountId, '', async (db) => {
        await getDefaultName(db, accountId)
        await setDefaultName(db, accountId, undefined)
      })
    },

    async TestInvokeAuthorizer(input, { accountId }) {
      const authorizer = await getAuthorizer(store.read, accountId, input.authorizerName)
      return await tryAuthorizer(deps, authorizer, input)
    },
  } satisfies Partial<Operations<typeof Iot>>
}

type CreateInput = Omit<Iot.CreateAuthorizerRequest, 'tags'> & {
  authorizerName: string
  authorizerFunctionArn: string
}

function newAuthorizer(input: CreateInput, accountId: string, now: Date): Authorizer {
  const { status = 'ACTIVE', signingDisabled = false, enableCachingForHttp = false } = input // assumed: ACTIVE
  return {
    accountId,
    authorizerName: input.authorizerName,
    authorizerFunctionArn: input.authorizerFunctionArn,
    tokenKeyName: input.tokenKeyName,
    tokenSigningPublicKeys: input.tokenSigningPublicKeys ?? {},
    status,
    signingDisabled,
    enableCachingForHttp,
    creationDate: now,
    lastModifiedDate: now,
  }
}

/** What a request leaves out stays as it is. */
const definedOf = <T extends object>(changes: T): { [Key in keyof T]: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as never

function describeAuthorizer(authorizer: Authorizer, scope: ArnScope): Iot.AuthorizerDescription {
  const { accountId: _, tokenSigningPublicKeys, ...described } = authorizer
  return {
    ...described,
    authorizerArn: authorizerArn(scope, authorizer.authorizerName),
    tokenSigningPublicKeys: { ...tokenSigningPublicKeys },
  }
}
