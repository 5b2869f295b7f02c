/**
 * Server CPU of a delivery beside Mosquitto and aedes, in one run: mutual TLS, access lists or policies on, messages
 * of 100 bytes, a bounded number of them under way.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './cpu.ts'
import { makeFleet } from './fleet.ts'
import type { MessageLoad, MessageResult } from './message-load.ts'
import {
  runLoad,
  startAedes,
  startMosquitto,
  startMuster,
  writeServerIdentity,
  type MeasuredServer,
} from './servers.ts'

type Shape = Pick<
  MessageLoad,
  'qos' | 'groups' | 'publishersPerGroup' | 'receiversPerGroup' | 'window' | 'isSingle'
>

const oneToOne = { groups: 20, publishersPerGroup: 1, receiversPerGroup: 1, window: 20, isSingle: false }
const fanOut = { groups: 1, publishersPerGroup: 1, receiversPerGroup: 50, window: 20, isSingle: false }

interface Scenario {
  name: string
  shape: Shape
  /** Mosquitto's CPU a delivery over Muster's that must be reached. */
  budget?: number
}

const scenarios: readonly Scenario[] = [
  { name: '1 to 1, QoS 0', shape: { ...oneToOne, qos: 0 }, budget: 1.5 },
  { name: '1 to 1, QoS 1', shape: { ...oneToOne, qos: 1 }, budget: 1.5 },
  { name: '1 to 1, QoS 0, a TLS record each', shape: { ...oneToOne, qos: 0, isSingle: true } },
  { name: '1 to 1, QoS 1, a TLS record each', shape: { ...oneToOne, qos: 1, isSingle: true } },
  { name: '1 to 1, QoS 0, one under way', shape: { ...oneToOne, qos: 0, window: 1 } },
  { name: '1 to 1, QoS 1, one under way', shape: { ...oneToOne, qos: 1, window: 1 } },
  { name: '4 to 1, QoS 1', shape: { ...oneToOne, groups: 8, publishersPerGroup: 4, qos: 1 } },
  { name: '1 to 50, QoS 0', shape: { ...fanOut, qos: 0 }, budget: 3 },
  { name: '1 to 50, QoS 1', shape: { ...fanOut, qos: 1 }, budget: 3 },
]

const usage = `usage: npm run bench -- messages [options]
  --only TEXT      scenarios whose name contains it, e.g. "QoS 0"
  --version 4|5    one MQTT version, 4 is 3.1.1 (both)
  --rounds N       of which the median counts (3)
  --seconds N      measured in each round (1.5)
  --peers LIST     mosquitto,aedes (both)
  --limits FILE    limits that Muster is given (the defaults, without those on rates)
  --profile DIR    write a CPU profile of Muster there`

const flags = {
  only: { type: 'string', default: '' },
  version: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '1.5' },
  peers: { type: 'string', default: 'mosquitto,aedes' },
  limits: { type: 'string' },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

export async function benchMessages(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const muster = stack.use(
    await startMuster(join(directory, 'data'), {
      flags: values.limits === undefined ? [] : ['--limits', values.limits],
      nodeFlags: values.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', values.profile],
    }),
  )
  const { ca, devicesFile } = await makeFleet(muster, directory, 60)
  const identity = writeServerIdentity(directory)
  const servers: Record<string, MeasuredServer> = { muster }
  const peers = values.peers.split(',')
  if (peers.includes('mosquitto'))
    servers['mosquitto'] = stack.use(await startMosquitto(directory, identity, ca))
  if (peers.includes('aedes')) servers['aedes'] = stack.use(await startAedes(directory, identity, ca))

  const wanted = scenarios.filter(({ name }) => name.includes(values.only))
  const measureMs = Number(values.seconds) * 1000
  console.log(
    `Server CPU a delivery in microseconds, user and system: median of ${values.rounds} rounds of ${values.seconds} s, messages of 100 bytes\n`,
  )
  console.log(
    '| messages | MQTT | Muster | Mosquitto | aedes | Mosquitto / Muster | must reach | deliveries/s |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  for (const version of [4, 5] as const) {
    if (values.version !== undefined && Number(values.version) !== version) continue
    for (const scenario of wanted) {
      const load = { devicesFile, version, ...scenario.shape, payloadBytes: 100, warmUpMs: 500, measureMs }
      const results = await measureAll(servers, load, Number(values.rounds))
      printRow(scenario, version, results)
    }
  }
}

type Results = Map<string, MessageResult[]>
type Load = Omit<MessageLoad, 'port' | 'caFile' | 'serverPid'>

async function measureAll(
  servers: Record<string, MeasuredServer>,
  load: Load,
  rounds: number,
): Promise<Results> {
  const results: Results = new Map()
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, { port, caFile, pid: serverPid }] of Object.entries(servers)) {
      if (name === 'aedes' && load.version === 5) continue // has no MQTT 5
      const result = await runLoad<MessageResult>('message-load', { ...load, port, caFile, serverPid })
      results.set(name, [...(results.get(name) ?? []), result])
    }
  }
  return results
}

function printRow({ name, budget, shape }: Scenario, version: 4 | 5, results: Results): void {
  const cpu = (server: string) => {
    const all = results.get(server)
    return all && median(all.map(({ microseconds }) => microseconds))
  }
  const [muster = 0, mosquitto, aedes] = ['muster', 'mosquitto', 'aedes'].map(cpu)
  const ratio = mosquitto === undefined ? undefined : mosquitto / muster
  const rate = median((results.get('muster') ?? []).map(({ deliveries, seconds }) => deliveries / seconds))
  const cells = [
    name,
    version === 4 ? '3.1.1' : '5',
    muster.toFixed(2),
    mosquitto?.toFixed(2) ?? '-',
    aedes?.toFixed(2) ?? '-',
    ratio?.toFixed(2) ?? '-',
    budget === undefined ? '' : `${budget}${(ratio ?? budget) < budget ? ' MISSED' : ''}`,
    Math.round(rate).toString(),
  ]
  console.log(`| ${cells.join(' | ')} |`)
  for (const [server, all] of results) {
    const total = (key: 'lost' | 'surplus' | 'unacknowledged') =>
      all.reduce((sum, result) => sum + result[key], 0)
    const counts = { lost: total('lost'), surplus: total('surplus'), unacknowledged: total('unacknowledged') }
    if (counts.lost + counts.surplus + counts.unacknowledged === 0) continue
    console.log(`  ${server}, ${name}: ${JSON.stringify(counts)}`)
    if (server === 'muster' && shape.qos === 1) process.exitCode = 1
  }
}
