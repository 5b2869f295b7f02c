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
import { benchStart } from './growth-start.ts'
import { growthOperations, type Operation } from './growth-operations.ts'
import type { MessageResult } from './message-load.ts'
import { runDeviceLoad, runLoad, startMuster, type MeasuredMuster } from './servers.ts'

const flags = {
  sizes: { type: 'string', default: '1000,100000,1000000' },
  only: { type: 'string', default: '' },
  /** Of `callsARound` calls, or `devicesARound` devices. */
  rounds: { type: 'string', default: '5' },
} as const

const callsARound = 60
const warmUpCalls = 150
const devicesARound = 100
const inFlight = 8
const goal = 1.3

/** CPU ms by what is measured, in the order of the table. */
type Costs = Map<string, number>

export async function benchGrowth(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  const sizes = values.sizes.split(',').map(Number)
  const columns: Costs[] = []
  const rounds = Number(values.rounds)
  for (const things of sizes) columns.push(await measureSize({ things, rounds, only: values.only }))
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
  await benchStart()
}

interface Wanted {
  things: number
  rounds: number
  /** Part of the names of what is measured. */
  only: string
}

async function measureSize({ things, rounds, only }: Wanted): Promise<Costs> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  try {
    const dataDir = join(directory, 'data')
    const fleet = await prepare(dataDir, directory, { things, rounds })
    await using muster = await startMuster(dataDir)
    const costs: Costs = new Map()
    const note = async (name: string, measure: () => Promise<number>) => {
      if (name.includes(only)) costs.set(name, await measure())
    }
    await note('connect of a device of which nothing is remembered', () =>
      devices(muster, fleet, { from: 0, rounds }),
    )
    await note('JITP of a new device', () => devices(muster, fleet, { from: devicesIn(rounds), rounds }))
    await note('message one to one, QoS 1, x 1,000', () => messages(muster, fleet))
    for (const operation of growthOperations(muster, things))
      await note(operation.name, () => calls(muster, operation, rounds))
    return costs
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** One round to warm up. */
const devicesIn = (rounds: number) => (rounds + 1) * devicesARound

/** Devices that the server knows, as many that it does not, and the rest of the account. */
async function prepare(
  dataDir: string,
  directory: string,
  { things, rounds }: Pick<Wanted, 'things' | 'rounds'>,
): Promise<BenchFleet> {
  const known = devicesIn(rounds)
  const spares = rounds * callsARound + warmUpCalls

  let fleet: BenchFleet
  let account: { accountId: string; region: string }
  {
    await using muster = await startMuster(dataDir)
    account = muster.endpoints
    fleet = await makeFleet(muster, directory, 2 * known)
    await connect(muster, fleet, { from: 0, to: known })
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

/** Each connects once: `from` and those behind it. */
async function devices(
  muster: MeasuredMuster,
  fleet: BenchFleet,
  { from, rounds }: { from: number; rounds: number },
): Promise<number> {
  await connect(muster, fleet, { from, to: from + devicesARound })
  const perDevice: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const first = from + round * devicesARound
    const range = { from: first, to: first + devicesARound }
    perDevice.push((await cpuOf(muster.pid, () => connect(muster, fleet, range))) / devicesARound)
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
async function calls({ pid }: MeasuredMuster, { call }: Operation, rounds: number): Promise<number> {
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
