/** Nodes, and databases, that are killed lose nothing that was acknowledged. `npm run kills -- 50` does it for longer. */
import { describe, expect, it } from 'vitest'
import { isClusterAbsent, openCluster } from '../helpers/cluster.ts'
import { killPostgres, runKillLoop } from './kill-loop.ts'

describe.skipIf(isClusterAbsent())(
  'every message that was acknowledged comes to every session, in the order of its publisher',
  () => {
    it('while nodes are killed', async () => {
      await using cluster = await openCluster()
      const outcome = await runKillLoop({ cluster, kills: 3, subscribers: 6, publishers: 3 })
      expect(outcome.acknowledged).toBeGreaterThan(100)
      expect(outcome).toMatchObject({ missing: [], outOfOrder: [], absentSessions: 0 })
    })

    it('while PostgreSQL is killed', async () => {
      await using cluster = await openCluster()
      const outcome = await runKillLoop({
        cluster,
        disturb: () => killPostgres(cluster),
        kills: 3,
        subscribers: 6,
        publishers: 3,
      })
      expect(outcome.acknowledged).toBeGreaterThan(100)
      expect(outcome).toMatchObject({ missing: [], outOfOrder: [], absentSessions: 0 })
    })
  },
)
