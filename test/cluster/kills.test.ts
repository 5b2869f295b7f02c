/** Nodes that are killed lose nothing that was acknowledged. `node test/cluster/run-kills.ts 50` does it for longer. */
import { expect, it } from 'vitest'
import { isClusterAbsent } from '../helpers/cluster.ts'
import { runKillLoop } from './kill-loop.ts'

it.skipIf(isClusterAbsent())(
  'brings every message that was acknowledged to every session, in the order of its publisher, while nodes are killed',
  async () => {
    const outcome = await runKillLoop({ kills: 3, subscribers: 6, publishers: 3 })
    expect(outcome.acknowledged).toBeGreaterThan(100)
    expect(outcome).toMatchObject({ missing: [], outOfOrder: [], absentSessions: 0 })
  },
)
