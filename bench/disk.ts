/**
 * What a disk that takes its time costs those who need not wait for it: how long a connected client waits for its
 * PUBACK while new devices are provisioned, beside without them; and how many devices get in a second.
 */
import { spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { canShimDisk, slowDisk } from '../test/helpers/disk-shim.ts'
import { median, quantile } from './cpu.ts'
import { makeFleet, type BenchFleet } from './fleet.ts'
import { connectRaw, publishTemplate, type RawClient } from './raw-client.ts'
import {
  askLoad,
  bothCores,
  forkLoad,
  loadCore,
  runDeviceLoad,
  startMuster,
  type MeasuredMuster,
} from './servers.ts'

const flags = {
  delay: { type: 'string', default: '10' },
  rate: { type: 'string', default: '60' },
  rounds: { type: 'string', default: '5' },
  help: { type: 'boolean', default: false },
} as const

const usage = `usage: npm run bench -- disk [options]
  --delay MS    that each fsync takes longer than the machine's own (10)
  --rate N      new devices a second (60)
  --rounds N    without new devices and with them, in turns; the median counts (5)`

const roundMs = 5000
/** On average, at random: at a beat each message would meet the same part of what a device that comes at a beat costs. */
const publishEveryMs = 5
const stormDevices = 500
const template = publishTemplate('bench/now', { qos: 1, version: 4, payloadBytes: 100 })

interface Measured {
  /** Milliseconds to a PUBACK, of each round. */
  without: number[][]
  during: number[][]
  /** Devices that got in, when 32 ask at a time. */
  devicesASecond: number
}

export async function benchDisk(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  if (!canShimDisk)
    return console.log('skipped: a slow disk is a preloaded library, which gcc builds on Linux')
  keepTime()
  const [rate, rounds] = [Number(values.rate), Number(values.rounds)]
  console.log(
    `PUBACK round trip of one client, QoS 1, ${1000 / publishEveryMs} messages a second, ` +
      `and ${rate} new devices a second; the median of ${rounds} rounds of ${roundMs / 1000} s\n`,
  )
  console.log('| disk | new devices | median ms | p99 ms | p99, x without | devices a second at most |')
  console.log('|---|---|---|---|---|---|')
  for (const delay of [0, Number(values.delay)]) print(delay, await measureDisk(delay, { rate, rounds }))
}

/**
 * The client that is timed goes before all, where that is allowed, and the devices behind all: they stand for clients of
 * other machines, whose own waits are none of the server's. The server has both cores, and so its helper threads another
 * than the event loop, as on any machine with two.
 */
function keepTime(): void {
  const own = String(process.pid)
  spawnSync('taskset', ['-a', '-p', '-c', loadCore, own])
  spawnSync('chrt', ['--all-tasks', '--reset-on-fork', '--rr', '--pid', '5', own])
}

function forkBehindAll(): ChildProcess {
  const child = forkLoad('device-load')
  spawnSync('chrt', ['--all-tasks', '--idle', '--pid', '0', String(child.pid)])
  return child
}

async function measureDisk(
  delay: number,
  { rate, rounds }: { rate: number; rounds: number },
): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const environment = slowDisk(delay)
  const quiet = { flags: ['--log-level', 'error'], environment, core: bothCores }
  const muster = stack.use(await startMuster(join(directory, 'data'), quiet))
  const arrivals = Math.ceil((rate * roundMs) / 1000)
  const total = stormDevices * 2 + arrivals * rounds
  const fleet = await makeFleet(muster, directory, total)
  const arriving = stack.adopt(forkBehindAll(), (child) => void child.kill())
  let next = 0
  const provision = async (count: number, pace: { concurrency: number; perSecond?: number }) => {
    const { port, caFile } = muster
    const range = { from: next, to: (next += count) }
    const load = { port, caFile, devicesFile: fleet.devicesFile, ...range, ...pace, groups: 'X25519' }
    await (pace.perSecond === undefined ? runDeviceLoad(load) : askLoad(arriving, load))
  }
  await provision(stormDevices, { concurrency: 32 }) // warm
  const start = performance.now()
  await provision(stormDevices, { concurrency: 32 })
  const devicesASecond = (stormDevices * 1000) / (performance.now() - start)

  const client = await connectPublisher(muster, fleet)
  const measured: Measured = { without: [], during: [], devicesASecond }
  for (let round = 0; round < rounds; round++) {
    measured.without.push(await publishDuring(client, () => pause(roundMs)))
    measured.during.push(
      await publishDuring(client, () => provision(arrivals, { concurrency: arrivals, perSecond: rate })),
    )
  }
  await client.end()
  return measured
}

/** A device that is not new. */
async function connectPublisher(muster: MeasuredMuster, { makeDevice }: BenchFleet): Promise<RawClient> {
  const target = { port: muster.port, ca: readFileSync(muster.caFile, 'utf8') }
  const device = makeDevice('publisher')
  const first = await connectRaw(target, device)
  await first.end()
  return connectRaw(target, device)
}

/** Resolves with the milliseconds to each PUBACK while `work` is under way. */
async function publishDuring(client: RawClient, work: () => Promise<void>): Promise<number[]> {
  const sent: number[] = []
  const times: number[] = []
  client.onPubacks = (count) => {
    for (let index = 0; index < count; index++) times.push(performance.now() - (sent.shift() ?? 0))
  }
  let timer: NodeJS.Timeout | undefined
  const publishLater = () => {
    timer = setTimeout(
      () => {
        sent.push(performance.now())
        client.publish(template, 1, true)
        publishLater()
      },
      Math.random() * 2 * publishEveryMs,
    )
  }
  publishLater()
  await work().finally(() => clearTimeout(timer))
  while (sent.length > 0) await pause(10)
  return times
}

function print(delay: number, { without, during, devicesASecond }: Measured): void {
  const of = (rounds: number[][], share: number) => median(rounds.map((times) => quantile(times, share)))
  const disk = delay === 0 ? "the machine's own" : `fsync ${delay} ms longer`
  const before = of(without, 0.99)
  const row = (when: string, rounds: number[][], rest: string) =>
    console.log(
      `| ${disk} | ${when} | ${of(rounds, 0.5).toFixed(2)} | ${of(rounds, 0.99).toFixed(2)} | ${rest} |`,
    )
  row('none', without, '1.00 | ')
  row('yes', during, `${(of(during, 0.99) / before).toFixed(2)} | ${devicesASecond.toFixed(0)}`)
}
