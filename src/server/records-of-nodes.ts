/**
 * What is remembered at the nodes of a cluster: journals and metrics that are not written yet, counts, sessions. A node that does not
 * answer soon is left out: whoever asks wants to know what is known, above all when something is amiss.
 */
import { askOthers, type Cluster } from '../fabric/cluster/index.ts'
import { addSummaries, type Sessions, type SessionSummary } from '../messaging/sessions/index.ts'
import type { CountedMetrics } from '../observability/cloudwatch/index.ts'
import {
  addReports,
  type Journal,
  type JournalStats,
  type SessionReport,
  type StatsReport,
} from '../observability/journal/index.ts'

type Nodes = Pick<Cluster, 'nodeName' | 'members' | 'questions'>

const kinds = {
  write: 'write-journal',
  metrics: 'write-metrics',
  stats: 'journal-stats',
  sessions: 'sessions',
} as const
const answerWithinMs = 1000

/** Of a journal that other nodes write to. */
export const writtenElsewhere = (nodes: Nodes): { writeElsewhere: () => Promise<void> } => ({
  writeElsewhere: async () => void (await answersOf(nodes, kinds.write, {})),
})

/** Of metrics that other nodes count. */
export const countedElsewhere = (nodes: Nodes): { writeElsewhere: () => Promise<void> } => ({
  writeElsewhere: async () => void (await answersOf(nodes, kinds.metrics, {})),
})

interface Records {
  journal: Pick<Journal, 'write'>
  countedMetrics: Pick<CountedMetrics, 'flush'>
  stats: Pick<JournalStats, 'report'>
}

/** What other nodes ask this one. */
export function answerForRecords({ questions }: Nodes, { journal, countedMetrics, stats }: Records): void {
  questions.onAsked(kinds.write, async () => {
    await journal.write()
    return true
  })
  questions.onAsked(kinds.metrics, async () => {
    await countedMetrics.flush()
    return true
  })
  questions.onAsked(kinds.stats, async ({ accountId }: { accountId: string }) => stats.report(accountId))
}

export const statsOfNodes = ({ cluster, stats }: { cluster: Nodes | undefined; stats: JournalStats }) => ({
  async report(accountId: string): Promise<StatsReport> {
    const own = stats.report(accountId)
    if (!cluster) return own
    return addReports([own, ...((await answersOf(cluster, kinds.stats, { accountId })) as StatsReport[])])
  },
})

interface OfClients {
  accountId: string
  clientIds: readonly string[]
}

/** Of those that have a session, or lost messages. Also answers what other nodes ask of this one. */
export function sessionsOfNodes({
  cluster,
  sessions,
}: {
  cluster: Nodes | undefined
  sessions: Pick<Sessions, 'describe'>
}) {
  const describeOwn = ({ accountId, clientIds }: OfClients) =>
    clientIds.map((clientId) => sessions.describe(accountId, clientId))
  cluster?.questions.onAsked(kinds.sessions, async (asked: OfClients) => describeOwn(asked))
  return {
    async describe(accountId: string, clientIds: readonly string[]): Promise<SessionReport[]> {
      const asked: OfClients = { accountId, clientIds }
      const others = cluster ? await answersOf(cluster, kinds.sessions, asked) : []
      const answers = [describeOwn(asked), ...(others as (SessionSummary | undefined)[][])]
      return clientIds.flatMap((clientId, place) => {
        const session = addSummaries(answers.flatMap((answer) => answer[place] ?? []))
        return session ? [{ clientId, ...session }] : []
      })
    },
  }
}

async function answersOf(nodes: Nodes, kind: string, question: object): Promise<unknown[]> {
  const asked = await askOthers(nodes, kind, question, answerWithinMs)
  return asked.map(({ answer }) => answer).filter((answer) => answer !== undefined)
}
