import type * as Lambda from '@aws-sdk/client-lambda'
import type { Operations } from '../api/aws/operations.ts'
import { keyOf, type LambdaDeps } from './functions-operations.ts'
import {
  aliasArn,
  createAlias,
  deleteAlias,
  getAlias,
  listAliases,
  updateAlias,
  type FunctionAlias,
} from './registry/alias-store.ts'
import { getVersion, type FunctionKey } from './registry/function-store.ts'
import { parsePage, toPage } from './registry/page.ts'

export function aliasesOperations({ store }: Pick<LambdaDeps, 'store'>) {
  return {
    async CreateAlias({ FunctionName, Name, FunctionVersion, Description = '', RoutingConfig }, context) {
      const key = keyOf(context, FunctionName)
      const routing = RoutingConfig?.AdditionalVersionWeights ?? {}
      const wanted = { aliasName: Name, functionVersion: FunctionVersion, description: Description, routing }
      return toOutput(key, await store.transact((db) => createAlias(db, key, wanted)))
    },

    async GetAlias({ FunctionName, Name }, context) {
      const key = keyOf(context, FunctionName)
      return toOutput(key, await getAlias(store.read, key, Name))
    },

    async UpdateAlias({ FunctionName, Name, RevisionId, ...change }, context) {
      const key = keyOf(context, FunctionName)
      const { FunctionVersion, Description, RoutingConfig } = change
      const alias = await store.transact((db) =>
        updateAlias(db, key, Name, {
          revisionId: RevisionId,
          ...(FunctionVersion !== undefined && { functionVersion: FunctionVersion }),
          ...(Description !== undefined && { description: Description }),
          ...(RoutingConfig && { routing: RoutingConfig.AdditionalVersionWeights ?? {} }),
        }),
      )
      return toOutput(key, alias)
    },

    async DeleteAlias({ FunctionName, Name }, context) {
      const key = keyOf(context, FunctionName)
      await getVersion(store.read, key)
      await store.transact((db) => deleteAlias(db, key, Name))
    },

    async ListAliases({ FunctionName, FunctionVersion, ...paging }, context) {
      const key = keyOf(context, FunctionName)
      await getVersion(store.read, key)
      const page = parsePage(paging)
      const found = await listAliases(store.read, key, { ...page, functionVersion: FunctionVersion })
      const { rows, NextMarker } = toPage(found, page, ({ aliasName }) => aliasName)
      return { Aliases: rows.map((alias) => toOutput(key, alias)), NextMarker }
    },
  } satisfies Partial<Operations<typeof Lambda>>
}

function toOutput(key: FunctionKey, alias: FunctionAlias): Lambda.AliasConfiguration {
  const { aliasName, functionVersion, description, routing, revisionId } = alias
  return {
    AliasArn: aliasArn(key, aliasName),
    Name: aliasName,
    FunctionVersion: functionVersion,
    Description: description,
    ...(Object.keys(routing).length > 0 && { RoutingConfig: { AdditionalVersionWeights: routing } }),
    RevisionId: revisionId,
  }
}
