/** All that is tried, one after the other. */
import { setTimeout as wait } from 'node:timers/promises'
import { runKillLoop } from '../kill-loop.ts'
import type { ServerProcess } from '../../helpers/server.ts'
import { cut, links, mend } from './networks.ts'
import type { Outcome } from './outcome.ts'
import { judgeOwners, watchOwners } from './owners.ts'
import type { Place } from './place.ts'
import { provisionTwice } from './twice.ts'
import { revokeDuring, type Disturbance } from './revocation.ts'
import { withoutBus } from './without-bus.ts'

const signal = (name: NodeJS.Signals) => (node: ServerProcess) => void node.process.kill(name)

const disturbances: readonly Disturbance[] = [
  { what: 'nothing', begin: () => {}, end: () => {}, isFatal: false },
  {
    what: 'cut off from PostgreSQL',
    begin: () => cut('a', 'database'),
    end: () => mend('a', 'database'),
    isFatal: true,
  },
  { what: 'cut off from NATS', begin: () => cut('a', 'bus'), end: () => mend('a', 'bus'), isFatal: false },
  {
    what: 'cut off from both',
    begin: () => cut('a', 'database', 'bus'),
    end: () => mend('a', 'database', 'bus'),
    isFatal: true,
  },
  {
    what: 'stopped and continued',
    begin: signal('SIGSTOP'),
    end: signal('SIGCONT'),
    isFatal: true,
    isStopped: true,
  },
]

function clockDisturbance({ clock }: Place, what: string, ms: number): Disturbance[] {
  if (!clock) return []
  return [{ what, begin: () => clock.shift(ms), end: () => clock.shift(0), isFatal: false }]
}

const rounds = 8

export async function* tryAll(place: Place): AsyncGenerator<Outcome> {
  await watchOwners(place.cluster.database)
  const clocks = [
    ...clockDisturbance(place, 'a minute ahead', 60_000),
    ...clockDisturbance(place, 'an hour behind', -3_600_000),
  ]
  if (clocks.length === 0) console.warn('no clock is shifted: gcc is not on this machine')
  for (const disturbance of [...disturbances, ...clocks]) yield await revokeDuring(place, disturbance)
  yield await withoutBus(place)
  yield await provisionTwice(place)
  yield await messagesMeanwhile(place)
  yield await judgeOwners(place.cluster.database)
}

/** Each lasts longer than a lease, and all is well again afterwards. */
const cuts = [
  { what: 'cut off from PostgreSQL', begin: () => cut('a', 'database'), end: () => mend('a', 'database') },
  { what: 'cut off from NATS', begin: () => cut('b', 'bus'), end: () => mend('b', 'bus') },
  { what: 'cut off from all', begin: () => cut('b', ...links), end: () => mend('b', ...links) },
]
const lastsMs = 7000

async function messagesMeanwhile({ cluster, nodes, startAgain }: Place): Promise<Outcome> {
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))
  const disturb = async (running: ServerProcess[], time: number) => {
    const round = time % (cuts.length + 1)
    const [first] = running
    const { what, begin, end } = cuts[round] ?? {
      what: 'stopped',
      begin: () => void first!.process.kill('SIGSTOP'),
      end: () => void first!.process.kill('SIGCONT'),
    }
    begin()
    await wait(lastsMs)
    end()
    await wait(1000) // who is stopped hears of it first
    return what
  }
  const outcome = await runKillLoop({ cluster, disturb, kills: rounds, subscribers: 10, publishers: 4 })
  await Promise.all(nodes.map((_, at) => startAgain(at)))
  const { missing, outOfOrder, acknowledged, repeated, absentSessions } = outcome
  return {
    what: 'messages while links are cut and nodes stopped',
    figures: { acknowledged, missing: missing.length, repeated },
    faults: [
      ...missing.slice(0, 5),
      ...outOfOrder.slice(0, 5).map((one) => `out of order: ${one}`),
      ...(absentSessions > 0 ? [`${absentSessions} sessions were not there`] : []),
    ],
  }
}
