/** New devices that come to both nodes at the same moment. */
import type { Outcome } from './outcome.ts'
import type { Place } from './place.ts'
import { query } from './query.ts'

const devices = 20

export async function provisionTwice({ nodes, deviceOf, cluster }: Place): Promise<Outcome> {
  const names = Array.from({ length: devices }, (_, at) => `twice-${at}`)
  let admitted = 0
  for (const name of names) {
    const device = deviceOf(name)
    const attempts = await Promise.allSettled(nodes.map((node) => device.connect(node, { clean: true })))
    for (const attempt of attempts) {
      if (attempt.status !== 'fulfilled') continue
      admitted++
      attempt.value.client.end(true)
    }
  }
  const [counts] = await query<Record<string, number>>(
    cluster.database,
    `select (select count(*)::int from things where thing_name like 'twice-%') as things,
      (select count(*)::int from thing_principals where thing_name like 'twice-%') as principals,
      (select count(*)::int from certificates c where exists (
        select from thing_principals p where p.thing_name like 'twice-%' and p.principal like '%/' || c.certificate_id
      ) and c.status = 'ACTIVE') as certificates`,
  )
  const wrong = Object.entries(counts ?? {}).filter(([, count]) => count !== devices)
  return {
    what: 'new devices that come to both nodes at once',
    figures: { devices, 'let in at once': admitted, ...counts },
    faults: wrong.map(([kind, count]) => `${count} ${kind} instead of ${devices}`),
  }
}
