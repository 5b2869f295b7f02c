import type { CallContext } from '../../api/aws/operations.ts'
import { formatArn, type ArnScope } from '../../lib/arn.ts'
import type { RevocationLists } from './revocation-lists.ts'

/** `GET /muster/v1/revocation-lists`: the state of each CA's list, for operators. */
export function revocationListsRoute(lists: Pick<RevocationLists, 'report'>, scope: ArnScope) {
  return {
    method: 'GET',
    path: '/muster/v1/revocation-lists',
    action: 'muster:ListRevocationLists',
    resource: formatArn({ service: 'muster', ...scope, resource: 'revocation-lists' }),
    handle: async (_query: URLSearchParams, { accountId }: Pick<CallContext, 'accountId'>) => ({
      revocationLists: lists.report(accountId),
    }),
  }
}
