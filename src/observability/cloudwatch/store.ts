import { keysFrom } from '../../api/aws/page.ts'
import { prepareQuery, type Bind, type Db } from '../../store/index.ts'
import { formatCounts, parseCounts, type Hour } from './hours.ts'

/** In place of what the same writer wrote before of the same hour. */
export async function putHours(db: Db, writer: string, hours: readonly Hour[]): Promise<void> {
  for (const { accountId, metric, hour, counts } of hours) {
    await putHour(db, { accountId, metric, hour, writer, counts: formatCounts(counts) })
    await putMetric(db, { accountId, metric, hour })
  }
}

interface HourValues extends Omit<Hour, 'counts'> {
  writer: string
  counts: string
}

const putHour = prepareQuery((db, value: Bind<HourValues>) =>
  db
    .insertInto('metric_hours')
    .values({
      account_id: value('accountId'),
      metric: value('metric'),
      hour: value('hour'),
      writer: value('writer'),
      counts: value('counts'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'metric', 'hour', 'writer'])
        .doUpdateSet((row) => ({ counts: row.ref('excluded.counts') })),
    ),
)

const putMetric = prepareQuery((db, value: Bind<Omit<Hour, 'counts'>>) =>
  db
    .insertInto('metrics')
    .values({ account_id: value('accountId'), metric: value('metric'), last_hour: value('hour') })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'metric'])
        .doUpdateSet((row) => ({ last_hour: row.ref('excluded.last_hour') })),
    ),
)

interface HoursQuestion {
  accountId: string
  metric: string
  /** Both ends belong to it. */
  from: number
  to: number
}

/** How many there were in each minute since the epoch, all writers together, the oldest first. */
export async function listCounts(
  db: Db,
  question: HoursQuestion,
): Promise<[minute: number, count: number][]> {
  const counts = new Map<number, number>()
  for (let from = question.from; from <= question.to;) {
    const { rows } = await listHours(db, { ...question, from })
    const last = rows.at(-1)
    const isWhole = rows.length < hoursAtOnce || last === undefined
    // of a full page the last hour may go on; as many processes do not start within one
    const next = isWhole ? question.to + 1 : Math.max(last.hour, from + 1)
    for (const { hour, counts: text } of rows)
      if (hour < next)
        for (const [minute, count] of parseCounts(hour, text))
          counts.set(minute, (counts.get(minute) ?? 0) + count)
    from = next
  }
  return [...counts].toSorted(([left], [right]) => left - right)
}

const hoursAtOnce = 1000

const listHours = prepareQuery((db, value: Bind<HoursQuestion>) =>
  db
    .selectFrom('metric_hours')
    .select(['hour', 'counts'])
    .where('account_id', '=', value('accountId'))
    .where('metric', '=', value('metric'))
    .where('hour', '>=', value('from'))
    .where('hour', '<=', value('to'))
    .orderBy('hour')
    .limit(hoursAtOnce),
)

export interface MetricsQuestion {
  accountId: string
  /** Metrics whose text begins so. */
  prefix: string
  after: string | undefined
  limit: number
}

/** In the order of their texts. */
export async function listMetrics(
  db: Db,
  { accountId, prefix, after, limit }: MetricsQuestion,
): Promise<{ metric: string; lastHour: number }[]> {
  const rows = await db
    .selectFrom('metrics')
    .select(['metric', 'last_hour as lastHour'])
    .where('account_id', '=', accountId)
    .where('metric', ...keysFrom(after, prefix))
    .orderBy('metric')
    .limit(limit)
    .execute()
  return rows.filter(({ metric }) => metric.startsWith(prefix))
}

/** Deletes the oldest hour, if it is before `hour`; false when there was none. */
export async function pruneHour(db: Db, hour: number): Promise<boolean> {
  const oldest = await db
    .selectFrom('metric_hours')
    .select('hour')
    .where('hour', '<', hour)
    .orderBy('hour')
    .limit(1)
    .executeTakeFirst()
  if (!oldest) return false
  await db.deleteFrom('metric_hours').where('hour', '=', oldest.hour).execute()
  return true
}

export async function pruneMetrics(db: Db, hour: number): Promise<void> {
  await db.deleteFrom('metrics').where('last_hour', '<', hour).execute()
}
