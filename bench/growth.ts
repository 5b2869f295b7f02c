/**
 * What the same work costs with a thousand things in the account and with a million: server CPU of API calls, of
 * connects that nothing is remembered of, of new devices, and of messages; each size in a server of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cpuMs, cpuOf, median } from './cpu.ts'
import { makeFleet, type BenchFleet } from './fleet.ts'
import { fillDatabase } from './growth-fill.ts'
import { growthOperations, type Operation } from './growth-operations.ts'
import type { MessageResult } from './message-load.ts'
import { runDeviceLoad, runLoad, startMuster, type MeasuredMuster } from './servers.ts'

const flags = {
  sizes: { type: 'string', default: '1000,100000,1000000' },
  only: { type: 'string', default: '' },
} as const

const rounds = 5
const callsARound = 60
const warmUpCalls = 200
const devicesARound = 200
const inFlight = 8
const goal = 1.3

/** CPU ms by what is measured, in the order of the table. */
type Costs = Map<string, number>

export async function benchGrowth(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  const sizes = values.sizes.split(',').map(Number)
  const columns: Costs[] = []
  for (const things of sizes) columns.push(await measureSize(things, values.only))
  console.log(
    `Server CPU in ms, median of ${rounds} rounds of ${callsARound} calls or ${devicesARound} devices\n`,
  )
  console.log(
    `| what | ${sizes.map((size) => size.toLocaleString('en')).join(' | ')} | last / first | goal |`,
  )
  console.log(`|---|${sizes.map(() => '---|').join('')}---|---|`)
  for (const name of columns[0]?.keys() ?? []) {
    const costs = columns.map((column) => column.get(name) ?? 0)
    const ratio = (costs.at(-1) ?? 0) / (costs[0] ?? 1)
    console.log(
      `| ${name} | ${costs.map((ms) => ms.toFixed(2)).join(' | ')} | ${ratio.toFixed(2)} | ${goal} |`,
    )
  }
}

async function measureSize(things: number, only: string): Promise<Costs> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  try {
    const dataDir = join(directory, 'data')
    const fleet = await prepare(dataDir, directory, things)
    await using muster = await startMuster(dataDir)
    const costs: Costs = new Map()
    const note = async (name: string, measure: () => Promise<number>) => {
      if (name.includes(only)) costs.set(name, await measure())
    }
    await note('connect of a device of which nothing is remembered', () => devices(muster, fleet, 0))
    await note('JITP of a new device', () => devices(muster, fleet, knownDevices))
    await note('message one to one, QoS 1, x 1,000', () => messages(muster, fleet))
    for (const operation of growthOperations(muster, things))
      await note(operation.name, () => calls(muster, operation))
    return costs
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const knownDevices = (rounds + 1) * devicesARound
const spares = rounds * callsARound + warmUpCalls

/** Devices that the server knows, as many that it does not, and the rest of the account. */
async function prepare(dataDir: string, directory: string, things: number): Promise<BenchFleet> {
  let fleet: BenchFleet
  let account: { accountId: string; region: string }
  {
    await using muster = await startMuster(dataDir)
    account = muster.endpoints
    fleet = await makeFleet(muster, directory, 2 * knownDevices)
    await connect(muster, fleet, { from: 0, to: knownDevices })
  }
  const started = performance.now()
  await fillDatabase({ ...account, dataDir, things, spares })
  console.error(`${things} things in ${Math.round((performance.now() - started) / 1000)} s`)
  return fleet
}

const connect = (muster: MeasuredMuster, { devicesFile }: BenchFleet, range: { from: number; to: number }) =>
  runDeviceLoad({
    ...range,
    port: muster.port,
    caFile: muster.caFile,
    devicesFile,
    concurrency: 32,
    groups: 'X25519',
  })

/** Each connects once: `first` and those behind it. */
async function devices(muster: MeasuredMuster, fleet: BenchFleet, first: number): Promise<number> {
  await connect(muster, fleet, { from: first, to: first + devicesARound })
  const perDevice: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const from = first + round * devicesARound
    const cpu = await cpuOf(muster.pid, () => connect(muster, fleet, { from, to: from + devicesARound }))
    perDevice.push(cpu / devicesARound)
  }
  return median(perDevice)
}

async function messages({ pid, port, caFile }: MeasuredMuster, { devicesFile }: BenchFleet): Promise<number> {
  const shape = {
    version: 4,
    qos: 1,
    groups: 20,
    publishersPerGroup: 1,
    receiversPerGroup: 1,
    window: 20,
  } as const
  const load = { ...shape, isSingle: false, payloadBytes: 100, warmUpMs: 500, measureMs: 1000 }
  const perMessage: number[] = []
  for (let round = 0; round < 3; round++) {
    const result = await runLoad<MessageResult>('message-load', {
      ...load,
      port,
      caFile,
      devicesFile,
      serverPid: pid,
    })
    perMessage.push(result.microseconds)
  }
  return median(perMessage)
}

/** Nothing that is written later counts: the calls themselves are asked about. */
async function calls({ pid }: MeasuredMuster, { call }: Operation): Promise<number> {
  let next = 0
  const run = async (count: number) => {
    const end = next + count
    const caller = async () => {
      while (next < end) await call(next++)
    }
    await Promise.all(Array.from({ length: inFlight }, caller))
  }
  await run(warmUpCalls)
  const perCall: number[] = []
  for (let round = 0; round < rounds; round++) {
    await pause(100)
    const before = cpuMs(pid)
    await run(callsARound)
    perCall.push((cpuMs(pid) - before) / callsARound)
  }
  return median(perCall)
}
