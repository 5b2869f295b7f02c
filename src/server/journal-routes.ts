/** Muster's own API: what the journal holds, and who was kept out (`muster explain --address`, `--recent`). */
import { isIP } from 'node:net'
import { iotError } from '../api/aws/errors.ts'
import type { OwnRoute } from '../api/http/index.ts'
import { formatArn } from '../lib/arn.ts'
import {
  canonicalAddress,
  reasonCodes,
  type Journal,
  type JournalStats,
  type RefusalsReport,
  type StatsReport,
} from '../observability/journal/index.ts'
import { parseLimit } from './parse-limit.ts'

export interface JournalRoutesDeps {
  journal: Journal
  stats: JournalStats
  accountId: string
  region: string
}

/** `GET /muster/v1/journal?subject=&limit=`, `/muster/v1/refusals?address=&limit=`, and `/muster/v1/reason-codes`. */
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
    {
      method: 'GET',
      path: '/muster/v1/journal',
      action: 'muster:GetJournal',
      resource,
      handle: async (query, context) => {
        const subject = query.get('subject')
        const limit = parseLimit(query.get('limit'))
        const question = { accountId: context.accountId, limit, ...(subject !== null && { subject }) }
        return { entries: await journal.list(question) }
      },
    },
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

function parseAddress(text: string | null): string | undefined {
  if (text === null) return undefined
  if (isIP(text) > 0) return canonicalAddress(text)
  throw iotError('InvalidRequestException', `address must be an IPv4 or IPv6 address, got "${text}"`)
}

const statsRoute = (stats: JournalStats, resource: string): OwnRoute => ({
  method: 'GET',
  path: '/muster/v1/stats',
  action: 'muster:GetStats',
  resource,
  handle: async (_query, context): Promise<StatsReport> => stats.report(context.accountId),
})
