/**
 * What a database and nodes cost: CPU of the server, of PostgreSQL, and of NATS for a new device, a reconnect, a delivery, and an
 * API call that writes, for one server on SQLite, one on PostgreSQL, and two nodes. Of two nodes each has half of
 * the work, and both are counted. They share the core that a server by itself has, and everything else has the other
 * one. Of reconnects one node has its half after the other, so that it finds its core as a server by itself does: two
 * that have nothing to do with each other cost 1.2 to 1.5 times as much when they take turns on one, or share it with the load.
 */
import { randomBytes } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startNats } from '../test/helpers/nats.ts'
import { asOwner } from '../test/helpers/postgres/databases.ts'
import { startPostgres } from '../test/helpers/postgres/server.ts'
import type { ApiLoad } from './api-load.ts'
import { median, watchCpu } from './cpu.ts'
import type { DeviceLoad } from './device-load.ts'
import { makeFleet, type BenchFleet } from './fleet.ts'
import type { MessageLoad, MessageResult } from './message-load.ts'
import { loadCore, runDeviceLoad, runLoad, startMuster, type MeasuredMuster } from './servers.ts'

const usage = `usage: npm run bench -- cluster [options]
  --devices N    new devices, reconnects, and API calls a round (400)
  --rounds N     of which the median counts (3)
  --seconds N    of messages in each round (2)`

const flags = {
  devices: { type: 'string', default: '400' },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '2' },
  help: { type: 'boolean', default: false },
} as const

interface Sizes {
  devices: number
  rounds: number
  seconds: number
}

type Cost = Record<'server' | 'PostgreSQL' | 'NATS', number>

interface Setup {
  name: string
  /** One, or two nodes. */
  servers: MeasuredMuster[]
  /** Of what the servers need, as they are now. */
  besides: () => Record<'PostgreSQL' | 'NATS', number[]>
}

export async function benchCluster(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  const sizes = {
    devices: Number(values.devices),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
  }
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  try {
    console.log(
      `CPU in milliseconds (messages: microseconds), median of ${sizes.rounds} rounds, ${sizes.devices} devices or calls, 32 at a time\n`,
    )
    console.log('| what | setup | server | PostgreSQL | NATS | a second and core of the server |')
    console.log('|---|---|---|---|---|---|')
    await using stack = new AsyncDisposableStack()
    const measured: Measured[] = []
    for (const open of [openEmbedded, openOnPostgres, openNodes])
      measured.push(await prepare(await open(directory, stack), directory, sizes))
    for (let round = 0; round <= sizes.rounds; round++)
      for (const one of measured) await measure(one, round, sizes)
    for (const { setup, costs } of measured) for (const [what, all] of costs) print(setup.name, what, all)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const noPids = { PostgreSQL: [], NATS: [] }

async function openEmbedded(directory: string, stack: AsyncDisposableStack): Promise<Setup> {
  const server = stack.use(await startMuster(join(directory, 'embedded')))
  return { name: 'SQLite', servers: [server], besides: () => noPids }
}

async function openDatabase(stack: AsyncDisposableStack) {
  const postgres = stack.use(await startPostgres())
  await asOwner(postgres.url, (client) => client.query('create database fleet'))
  return { postgres, database: postgres.url.replace(/[^/]*$/, 'fleet') }
}

async function openOnPostgres(directory: string, stack: AsyncDisposableStack): Promise<Setup> {
  const { postgres, database } = await openDatabase(stack)
  putOnLoadCore(postgres.pids())
  const options = { flags: ['--database', database] }
  const server = stack.use(await startMuster(join(directory, 'on-postgres'), options))
  return { name: 'PostgreSQL', servers: [server], besides: () => ({ PostgreSQL: postgres.pids(), NATS: [] }) }
}

async function openNodes(directory: string, stack: AsyncDisposableStack): Promise<Setup> {
  const { postgres, database } = await openDatabase(stack)
  const nats = stack.use(await startNats())
  const keyFile = join(directory, 'cluster.key')
  writeFileSync(keyFile, randomBytes(32), { mode: 0o600 })
  putOnLoadCore([...postgres.pids(), nats.pid])
  const start = async (name: string) => {
    const cluster = ['--database', database, '--nats', nats.url, '--cluster-key-file', keyFile]
    const options = { flags: [...cluster, '--node-name', name] }
    return stack.use(await startMuster(join(directory, `node-${name}`), options))
  }
  const servers = [await start('a'), await start('b')]
  return { name: 'two nodes', servers, besides: () => ({ PostgreSQL: postgres.pids(), NATS: [nats.pid] }) }
}

/** Their children are there from then on, too. */
function putOnLoadCore(pids: readonly number[]): void {
  for (const pid of pids) execFileSync('taskset', ['-a', '-p', '-c', loadCore, String(pid)])
}

const pidsOf = ({ servers, besides }: Setup): Record<keyof Cost, number[]> => ({
  server: servers.map(({ pid }) => pid),
  ...besides(),
})

/** Longer than servers put off writing. */
const settleMs = 900

/** For each of so many that are done by the work. */
async function costOf(setup: Setup, count: number, work: () => Promise<unknown>): Promise<Cost> {
  await wait(settleMs)
  const watched = mapValues(pidsOf(setup), watchCpu)
  await work()
  await wait(settleMs)
  return mapValues(watched, (ms) => ms() / count)
}

const mapValues = <Name extends string, From, To>(
  record: Record<Name, From>,
  to: (value: From) => To,
): Record<Name, To> =>
  Object.fromEntries(
    (Object.entries(record) as [Name, From][]).map(([name, value]) => [name, to(value)]),
  ) as Record<Name, To>

/** A setup, and what was seen of it. */
interface Measured {
  setup: Setup
  fleet: BenchFleet
  costs: Map<string, Cost[]>
}

async function prepare(setup: Setup, root: string, { devices, rounds }: Sizes): Promise<Measured> {
  const [first] = setup.servers
  if (!first) throw new Error('there is no server')
  const directory = mkdtempSync(join(root, 'fleet-'))
  const total = (rounds + 1) * devices // the first round warms up
  return { setup, fleet: await makeFleet(first, directory, total), costs: new Map() }
}

/** One round; those of the setups alternate, so that a machine that others keep busy for a while is so to all of them. */
async function measure(
  { setup, fleet, costs }: Measured,
  round: number,
  { devices, seconds }: Sizes,
): Promise<void> {
  const add = (what: string, cost: Cost) => {
    if (round > 0) costs.set(what, [...(costs.get(what) ?? []), cost])
  }
  const halves = sharesOf(setup, fleet, { from: round * devices, to: (round + 1) * devices })
  add('JITP of a new device', await costOf(setup, devices, () => Promise.all(halves.map(runDeviceLoad))))
  const oneAfterTheOther = async () => {
    for (const half of halves) await runDeviceLoad({ ...half, concurrency: 32 })
  }
  add('reconnect', await costOf(setup, devices, oneAfterTheOther))
  add('CreateThing', await costOf(setup, devices, () => writeThings(setup, `round-${round}`, devices)))
  for (const { what, load } of messageLoads(setup))
    add(what, await deliver(setup, fleet, { ...load, seconds }))
}

/** Half of them at each of two nodes, when both are at it at once. */
function sharesOf(
  { servers }: Setup,
  { devicesFile }: BenchFleet,
  { from, to }: { from: number; to: number },
): DeviceLoad[] {
  const share = (to - from) / servers.length
  return servers.map(({ port, caFile }, at) => ({
    port,
    caFile,
    devicesFile,
    concurrency: 32 / servers.length,
    groups: 'X25519',
    from: from + Math.floor(at * share),
    to: from + Math.floor((at + 1) * share),
  }))
}

async function writeThings({ servers }: Setup, mark: string, count: number): Promise<void> {
  await Promise.all(
    servers.map(({ endpoints, rootKey }, at) => {
      const calls = Array.from({ length: Math.ceil(count / servers.length) }, (_, index) => {
        return { method: 'POST', path: `/things/${mark}-${at}-${index}`, body: '{}' }
      })
      const { apiUrl, region } = endpoints
      const concurrency = 32 / servers.length
      const load: ApiLoad = { port: Number(new URL(apiUrl).port), region, ...rootKey, calls, concurrency }
      return runLoad('api-load', load)
    }),
  )
}

type Way = Pick<MessageLoad, 'qos' | 'window'> & { isAcross: boolean }

/** Messages of a publisher that are under way. */
const windows = { usual: 20, burst: 200 }

function messageLoads({ servers }: Setup): { what: string; load: Way }[] {
  const places = servers.length > 1 ? [', same node', ', across nodes'] : ['']
  return places.flatMap((place) => {
    const load = { isAcross: place === ', across nodes', window: windows.usual }
    return [
      { what: `delivery, QoS 0${place}, us`, load: { ...load, qos: 0 as const } },
      { what: `delivery, QoS 1${place}, us`, load: { ...load, qos: 1 as const } },
      {
        what: `delivery, QoS 0 in bursts${place}, us`,
        load: { ...load, qos: 0 as const, window: windows.burst },
      },
    ]
  })
}

const oneToOne = { groups: 10, publishersPerGroup: 1, receiversPerGroup: 1, isSingle: false }

/** Microseconds. */
async function deliver(
  setup: Setup,
  { devicesFile }: BenchFleet,
  { qos, window, isAcross, seconds }: Way & { seconds: number },
): Promise<Cost> {
  const [first, second] = setup.servers
  if (!first) throw new Error('there is no server')
  const { PostgreSQL, NATS } = setup.besides()
  const others = setup.servers.slice(1).map(({ pid }) => pid)
  const load: MessageLoad = {
    port: first.port,
    ...(isAcross && second && { receiverPort: second.port }),
    caFile: first.caFile,
    devicesFile,
    serverPid: first.pid,
    besides: { others, PostgreSQL, NATS },
    version: 4,
    qos,
    window,
    ...oneToOne,
    payloadBytes: 100,
    warmUpMs: 500,
    measureMs: seconds * 1000,
  }
  const { microseconds, besides, lost } = await runLoad<MessageResult>('message-load', load)
  if (lost > 0) console.log(`  ${setup.name}: ${lost} messages were lost`)
  return {
    server: microseconds + (besides['others'] ?? 0),
    PostgreSQL: besides['PostgreSQL'] ?? 0,
    NATS: besides['NATS'] ?? 0,
  }
}

function print(setup: string, what: string, costs: readonly Cost[]): void {
  const of = (name: keyof Cost) => median(costs.map((cost) => cost[name]))
  const isMessage = what.endsWith('us')
  const perSecond = (isMessage ? 1e6 : 1e3) / of('server')
  const cells = (['server', 'PostgreSQL', 'NATS'] as const).map((name) => of(name).toFixed(2))
  console.log(`| ${[what, setup, ...cells, Math.round(perSecond)].join(' | ')} |`)
}
