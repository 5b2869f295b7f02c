/** Muster's own API: what the journal holds, and who was kept out (`muster explain --address`, `--recent`). */
import type { OwnRoute } from '../api/http/index.ts'
import { formatArn } from '../lib/arn.ts'
import {
  reasonCodes,
  type Journal,
  type RefusalsReport,
  type StatsReport,
} from '../observability/journal/index.ts'
import { parseAddress, parseJournalQuestion } from './journal-question.ts'
import { parseLimit } from './parse-limit.ts'

interface StatsSource {
  report: (accountId: string) => StatsReport | Promise<StatsReport>
}

export interface JournalRoutesDeps {
  journal: Journal
  stats: StatsSource
  accountId: string
  region: string
}

/** `GET /muster/v1/journal`, `/muster/v1/stats`, `/muster/v1/refusals?address=&limit=`, and `/muster/v1/reason-codes`. */
export function journalRoutes({ journal, stats, accountId, region }: JournalRoutesDeps): OwnRoute[] {
  const resource = formatArn({ service: 'muster', region, accountId, resource: 'journal' })
  return [
    {
      method: 'GET',
      path: '/muster/v1/reason-codes',
      action: 'muster:GetJournal',
      resource,
      handle: async () => ({ reasonCodes }),
    },
    journalRoute(journal, resource),
    statsRoute(stats, resource),
    {
      method: 'GET',
      path: '/muster/v1/refusals',
      action: 'muster:ListRefusals',
      resource,
      handle: async (query, context): Promise<RefusalsReport> => {
        const address = parseAddress(query.get('address'))
        const limit = parseLimit(query.get('limit'))
        const refusals = await journal.listRefusals({ accountId: context.accountId, address, limit })
        const entries = refusals.map((entry) => ({ ...entry, at: entry.at.toISOString() }))
        return { ...(address !== undefined && { address }), entries }
      },
    },
  ]
}

/** The newest entries that pass, oldest first; `nextMarker` begins the page of older ones. */
const journalRoute = (journal: Journal, resource: string): OwnRoute => ({
  method: 'GET',
  path: '/muster/v1/journal',
  action: 'muster:GetJournal',
  resource,
  handle: async (query, { accountId }) => {
    const { entries, marker } = await journal.listPage({ accountId, ...parseJournalQuestion(query) })
    return { entries, ...(marker !== undefined && { nextMarker: String(marker) }) }
  },
})

const statsRoute = (stats: StatsSource, resource: string): OwnRoute => ({
  method: 'GET',
  path: '/muster/v1/stats',
  action: 'muster:GetStats',
  resource,
  handle: async (_query, context): Promise<StatsReport> => stats.report(context.accountId),
})
