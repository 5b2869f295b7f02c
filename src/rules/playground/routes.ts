/** Muster's own API: statements on trial, and what became of a rule's messages. */
import type { CallContext } from '../../api/aws/operations.ts'
import { formatArn, type ArnScope } from '../../lib/arn.ts'
import type { Store } from '../../store/index.ts'
import type { Rules } from '../rules.ts'
import { getTopicRule } from '../store.ts'
import { ruleArn } from '../topic-rule.ts'
import { evaluateSample } from './evaluate-sample.ts'
import { readSample, readStatement } from './sample.ts'

interface PlaygroundDeps {
  store: Pick<Store, 'read'>
  rules: Pick<Rules, 'watches' | 'counts'>
  now: () => Date
}

type Handle = (
  query: URLSearchParams,
  context: Pick<CallContext, 'accountId'>,
  body: Uint8Array,
) => Promise<unknown>

/**
 * `POST /muster/v1/sql` tries a statement on a message. `/muster/v1/sql/watch` tries one on the messages that come: POST
 * starts, GET tells how it stands, DELETE ends it. `GET /muster/v1/rule-counts?ruleName=`.
 */
export function playgroundRoutes({ store, rules, now }: PlaygroundDeps, scope: ArnScope) {
  const { watches, counts } = rules
  const watching = (method: string, handle: Handle) => ({
    method,
    path: '/muster/v1/sql/watch',
    action: 'muster:WatchSql',
    resource: formatArn({ service: 'muster', ...scope, resource: 'sql' }),
    handle,
  })
  const watchIdIn = (query: URLSearchParams) => query.get('watchId') ?? ''
  return [
    {
      method: 'POST',
      path: '/muster/v1/sql',
      action: 'muster:EvaluateSql',
      resource: formatArn({ service: 'muster', ...scope, resource: 'sql' }),
      handle: async (_query, { accountId }, body) =>
        evaluateSample(readSample(body, { accountId, now: now() })),
    },
    watching('POST', async (_query, { accountId }, body) => watches.start(accountId, readStatement(body))),
    watching('GET', async (query, { accountId }) => watches.report(accountId, watchIdIn(query))),
    watching('DELETE', async (query, { accountId }) => {
      await watches.stop(accountId, watchIdIn(query))
      return {}
    }),
    {
      method: 'GET',
      path: '/muster/v1/rule-counts',
      action: 'muster:GetRuleCounts',
      resource: ruleArn(scope, '*'),
      handle: async (query, { accountId }) => {
        const ruleName = query.get('ruleName') ?? ''
        await getTopicRule(store.read, accountId, ruleName) // refuses what is not there
        return counts.report({ accountId, ruleName })
      },
    },
  ] satisfies { method: string; path: string; action: string; resource: string; handle: Handle }[]
}
