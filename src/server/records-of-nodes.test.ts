import { describe, expect, it } from 'vitest'
import type { SessionSummary } from '../messaging/sessions/index.ts'
import { JournalStats, type JournalEntry } from '../observability/journal/index.ts'
import {
  answerForRecords,
  countedElsewhere,
  sessionsOfNodes,
  statsOfNodes,
  writtenElsewhere,
} from './records-of-nodes.ts'

const accountId = '123456789012'
const now = new Date('2026-03-01T10:00:00Z')

type Answer = (question: never) => Promise<unknown>

/** The nodes `a`, `b`, and `c`; `c` does not answer. */
function openNodes() {
  const answers = new Map<string, Answer>()
  const asked: string[] = []
  const nodeOf = (nodeName: string) => ({
    nodeName,
    members: () => ['a', 'b', 'c'],
    questions: {
      async ask(name: string, kind: string, question: unknown) {
        asked.push(name)
        return answers.get(`${name} ${kind}`)?.(question as never)
      },
      onAsked: (kind: string, answer: Answer) => void answers.set(`${nodeName} ${kind}`, answer),
    },
  })
  return { a: nodeOf('a'), b: nodeOf('b'), asked }
}

function statsWith(count: number, caCertificateId: string): JournalStats {
  const stats = new JournalStats(() => now)
  const entry: JournalEntry = { accountId, at: now, code: 'provisioned', caCertificateId }
  for (let n = 0; n < count; n += 1) stats.hear(entry)
  return stats
}

describe('what is remembered at other nodes', () => {
  it('is written before a question is answered; who does not answer is not waited for', async () => {
    const { a, b, asked } = openNodes()
    const written: string[] = []
    const journal = { write: async () => void written.push('journal') }
    const countedMetrics = { flush: async () => void written.push('metrics') }
    answerForRecords(b, { journal, countedMetrics, stats: statsWith(0, '') })
    await writtenElsewhere(a).writeElsewhere()
    await countedElsewhere(a).writeElsewhere()
    expect(written).toEqual(['journal', 'metrics'])
    expect(asked).toEqual(['b', 'c', 'b', 'c'])
  })

  it('is counted together, by reason and by CA', async () => {
    const { a, b } = openNodes()
    const nothing = { journal: { write: async () => {} }, countedMetrics: { flush: async () => {} } }
    answerForRecords(b, { ...nothing, stats: statsWith(2, 'shared') })
    const stats = statsWith(1, 'shared')
    stats.hear({ accountId, at: now, code: 'ca-unknown', caCertificateId: 'own' })
    const report = await statsOfNodes({ cluster: a, stats }).report(accountId)
    expect(report.recent).toEqual({ provisioned: 3, 'ca-unknown': 1 })
    expect(report.day).toEqual(report.recent)
    expect(report.cas.map(({ caCertificateId, hours }) => [caCertificateId, hours.at(-1)])).toEqual([
      ['shared', 3],
      ['own', 1],
    ])
  })

  it('is one session, with what each node knows of its losses', async () => {
    const { a, b } = openNodes()
    const describing = (known: Record<string, SessionSummary>) => ({
      describe: (_account: string, name: string) => known[name],
    })
    const gone = { isConnected: false, isPersistent: false, queuedMessages: 0 }
    const here = { isConnected: true, isPersistent: true, queuedMessages: 3 }
    sessionsOfNodes({
      cluster: b,
      sessions: describing({ lamp: { ...here, dropped: { expired: 1, congested: 1 } } }),
    })
    const sessions = sessionsOfNodes({
      cluster: a,
      sessions: describing({ lamp: { ...gone, dropped: { expired: 2 } } }),
    })
    expect(await sessions.describe(accountId, ['lamp', 'pump'])).toEqual([
      { clientId: 'lamp', ...here, dropped: { expired: 3, congested: 1 } },
    ])
  })

  it('is its own where one server has the database', async () => {
    const stats = statsWith(1, 'own')
    expect(await statsOfNodes({ cluster: undefined, stats }).report(accountId)).toEqual(
      stats.report(accountId),
    )
  })
})
