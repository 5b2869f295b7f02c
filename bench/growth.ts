/**
 * What the same work costs with a thousand things in the account and with a million: server CPU of API calls, of
 * connects that nothing is remembered of, of new devices, and of messages; each size in a server of its own. All servers
 * run at once and take turns round by round, so that whatever else the machine does hits them alike; a ratio is the
 * median of those of the rounds.
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
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
  rounds: { type: 'string', default: '7' },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const callsARound = 100
const warmUpCalls = 200
/** Until SQLite's page cache is full, each page that is new to it costs twice as much. */
const warmUpReads = 2000
const devicesARound = 200
const inFlight = 8
const goal = 1.3

const usage = `usage: npm run bench -- growth [options]
  --sizes N,N,...  things in the account; the last is compared with the first (1000,100000,1000000)
  --only TEXT      what has it in its name
  --rounds N       of ${callsARound} calls or ${devicesARound} devices, of which the median counts (7)
  --profile DIR    write a CPU profile of each server there`

export async function benchGrowth(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  const sizes = values.sizes.split(',').map(Number)
  const rounds = Number(values.rounds)
  await using stack = new AsyncDisposableStack()
  const accounts: Account[] = []
  for (const things of sizes)
    accounts.push(await openAccount({ things, rounds, profile: values.profile }, stack))
  console.log(
    `Server CPU in ms, median of ${rounds} rounds of ${callsARound} calls or ${devicesARound} devices\n`,
  )
  console.log(
    `| what | ${sizes.map((size) => size.toLocaleString('en')).join(' | ')} | last / first | goal |`,
  )
  console.log(`|---|${sizes.map(() => '---|').join('')}---|---|`)
  for (const { name, measure } of measurements(accounts, rounds)) {
    if (name.includes(values.only)) printRow(name, await inTurns(accounts, rounds, measure))
  }
  await benchStart()
}

/** One server, and what is asked of it. */
interface Account {
  muster: MeasuredMuster
  fleet: BenchFleet
  operations: Operation[]
}

interface Measurement {
  name: string
  /** Resolves with the CPU ms of one; round 0 is to warm up. */
  measure: (account: Account, round: number) => Promise<number>
}

function measurements(accounts: readonly Account[], rounds: number): Measurement[] {
  const operations = accounts[0]?.operations ?? []
  return [
    {
      name: 'connect of a device of which nothing is remembered',
      measure: (account, round) => devices(account, round * devicesARound),
    },
    {
      name: 'JITP of a new device',
      measure: (account, round) => devices(account, (rounds + 1 + round) * devicesARound),
    },
    { name: 'message one to one, QoS 1, x 1,000', measure: messages },
    ...operations.map(({ name }, index) => ({
      name,
      measure: (account: Account, round: number) => calls(account, index, round),
    })),
  ]
}

/** The costs of each round, account by account; who begins changes from round to round. */
async function inTurns(
  accounts: readonly Account[],
  rounds: number,
  measure: Measurement['measure'],
): Promise<number[][]> {
  const costs: number[][] = []
  for (let round = 0; round <= rounds; round++) {
    const row: number[] = []
    const order = accounts.map((account, at) => ({ account, at }))
    for (const { account, at } of round % 2 === 0 ? order : order.toReversed())
      row[at] = await measure(account, round)
    if (round > 0) costs.push(row)
  }
  return costs
}

function printRow(name: string, costs: readonly (readonly number[])[]): void {
  const columns = (costs[0] ?? []).map((_, at) => median(costs.map((row) => row[at] ?? 0)))
  const ratio = median(costs.map((row) => (row.at(-1) ?? 0) / (row[0] ?? 1)))
  const cells = [...columns, ratio].map((cost) => cost.toFixed(2))
  console.log(`| ${name} | ${cells.join(' | ')} | ${goal}${ratio > goal ? ' MISSED' : ''} |`)
}

interface Wanted {
  things: number
  rounds: number
  profile: string | undefined
}

/** A server with devices that it knows, as many that it does not, and the rest of the account. */
async function openAccount(
  { things, rounds, profile }: Wanted,
  stack: AsyncDisposableStack,
): Promise<Account> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const dataDir = join(directory, 'data')
  const known = (rounds + 1) * devicesARound
  let fleet: BenchFleet
  let account: { accountId: string; region: string }
  {
    await using muster = await startMuster(dataDir)
    account = muster.endpoints
    fleet = await makeFleet(muster, directory, 2 * known)
    await connect(muster, fleet, { from: 0, to: known })
  }
  const started = performance.now()
  await fillDatabase({ ...account, dataDir, things, spares: rounds * callsARound + warmUpCalls })
  await readThrough(join(dataDir, 'muster.db'))
  console.error(`${things} things in ${Math.round((performance.now() - started) / 1000)} s`)
  const nodeFlags =
    profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', join(profile, String(things))]
  const muster = stack.use(await startMuster(dataDir, { nodeFlags }))
  return { muster, fleet, operations: growthOperations(muster, things) }
}

/** The machine may have forgotten what was written long before, and the disk is not what is compared. */
async function readThrough(file: string): Promise<void> {
  for await (const _ of createReadStream(file, { highWaterMark: 1024 ** 2 }));
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
async function devices({ muster, fleet }: Account, from: number): Promise<number> {
  const range = { from, to: from + devicesARound }
  return (await cpuOf(muster.pid, () => connect(muster, fleet, range))) / devicesARound
}

async function messages({ muster, fleet }: Account): Promise<number> {
  const shape = {
    version: 4,
    qos: 1,
    groups: 20,
    publishersPerGroup: 1,
    receiversPerGroup: 1,
    window: 20,
  } as const
  const { pid, port, caFile } = muster
  const load = { ...shape, isSingle: false, payloadBytes: 100, warmUpMs: 500, measureMs: 1000 }
  const server = { port, caFile, devicesFile: fleet.devicesFile, serverPid: pid }
  return (await runLoad<MessageResult>('message-load', { ...load, ...server })).microseconds
}

/** Nothing that is written later counts: the calls themselves are asked about. */
async function calls({ muster, operations }: Account, operation: number, round: number): Promise<number> {
  const { call, isRead } = operations[operation]!
  const warmUp = isRead ? warmUpReads : warmUpCalls
  const count = round === 0 ? warmUp : callsARound
  let next = round === 0 ? 0 : warmUp + (round - 1) * callsARound
  const end = next + count
  const caller = async () => {
    while (next < end) await call(next++)
  }
  await pause(100)
  const before = cpuMs(muster.pid)
  await Promise.all(Array.from({ length: inFlight }, caller))
  return (cpuMs(muster.pid) - before) / count
}
