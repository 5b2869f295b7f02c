/**
 * What a connection costs: server CPU of a reconnect beside bare Node, Mosquitto, and aedes; memory of an idle
 * connection beside bare Node; and how soon a revoked certificate's session is closed among many.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DescribeCertificateCommand, UpdateCertificateCommand } from '@aws-sdk/client-iot'
import { clientsOf } from './clients.ts'
import { cpuOf, median, quantile } from './cpu.ts'
import { makeFleet, type BenchFleet } from './fleet.ts'
import { connectIdle, type IdleDevices } from './idle-devices.ts'
import {
  loadCore,
  runDeviceLoad,
  startAedes,
  startBareNode,
  startMosquitto,
  startMuster,
  writeServerIdentity,
  type MeasuredMuster,
  type MeasuredServer,
} from './servers.ts'

const flags = {
  devices: { type: 'string', default: '10000' },
  revoke: { type: 'string', default: '200' },
  rounds: { type: 'string', default: '5' },
  concurrency: { type: 'string', default: '32' },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const usage = `usage: npm run bench -- connect [options]
  --profile DIR    write a CPU profile of Muster's part of the connects there
  --devices N      connected at a time for memory and revocation, 0 for none (10000)
  --revoke N       certificates to revoke, one after the other (200)
  --rounds N       of 2,000 connects to each server, of which the median counts (5)
  --concurrency N  devices that connect at a time (32)`

const devicesARound = 2000
const quiet = { flags: ['--log-level', 'error'] } // else each revoked device is a line
const groups = 'X25519' // what Debian's Mosquitto and its clients agree on

export async function benchConnect(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  const [devices, revoke, rounds, concurrency] = [
    values.devices,
    values.revoke,
    values.rounds,
    values.concurrency,
  ].map(Number) as [number, number, number, number]
  spawnSync('taskset', ['-a', '-p', '-c', loadCore, String(process.pid)]) // off the core of the server
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const dataDir = join(directory, 'data')
  const fleet = await enrol(dataDir, directory, Math.max(devices, devicesARound))
  await benchCpu(directory, fleet, { rounds, concurrency, profile: values.profile })
  if (devices > 0) await benchIdle(directory, fleet, { devices, revoke })
}

/** Every device connects once, so that all are provisioned when the measurements begin. */
async function enrol(dataDir: string, directory: string, count: number): Promise<BenchFleet> {
  await using muster = await startMuster(dataDir, quiet)
  const fleet = await makeFleet(muster, directory, count)
  const { port, caFile } = muster
  const range = { from: 0, to: count, concurrency: 32, groups }
  await runDeviceLoad({ port, caFile, devicesFile: fleet.devicesFile, ...range })
  return fleet
}

async function benchCpu(
  directory: string,
  { ca, devicesFile }: BenchFleet,
  { rounds, concurrency, profile }: { rounds: number; concurrency: number; profile: string | undefined },
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const identity = writeServerIdentity(directory)
  const nodeFlags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]
  const servers: Record<string, MeasuredServer> = {
    'bare Node, accept and CONNACK': stack.use(await startBareNode(identity)),
    'Muster, with its policies': stack.use(
      await startMuster(join(directory, 'data'), { ...quiet, nodeFlags }),
    ),
    'Mosquitto, with an access list': stack.use(await startMosquitto(directory, identity, ca)),
    'aedes, with an access list': stack.use(await startAedes(directory, identity, ca)),
  }
  const measure = async ({ port, caFile, pid }: MeasuredServer) => {
    const load = { port, caFile, devicesFile, from: 0, to: devicesARound, concurrency, groups }
    return (await cpuOf(pid, () => runDeviceLoad(load))) / devicesARound
  }
  const results = new Map<string, number[]>()
  const first = new Map<string, number>() // after the start: code is not compiled yet, nothing is remembered
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, server] of Object.entries(servers)) {
      const ms = await measure(server)
      if (round === 0) first.set(name, ms)
      else results.set(name, [...(results.get(name) ?? []), ms])
    }
  }
  const [bare = 0] = [...results.values()].map(median)
  const [firstBare = 0] = first.values()
  console.log(
    `Server CPU of a mutual-TLS connect of a known device, median of ${rounds} rounds of ${devicesARound}, ${concurrency} at a time, ${groups}\n`,
  )
  const title = `| server | CPU ms | x bare Node | must reach | first ${devicesARound} after the start, x bare Node |`
  console.log(`${title}\n|---|---|---|---|---|`)
  for (const [name, values] of results) {
    const ratio = median(values) / bare
    const firstRatio = (first.get(name) ?? 0) / firstBare
    const cells = [
      median(values).toFixed(2),
      ratio.toFixed(2),
      budget(name, ratio, 1.15),
      firstRatio.toFixed(2),
    ]
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}

const budget = (name: string, value: number, limit: number): string => {
  if (!name.startsWith('Muster')) return ''
  return `<= ${limit}${value > limit ? ' MISSED' : ''}`
}

async function benchIdle(
  directory: string,
  fleet: BenchFleet,
  { devices, revoke }: { devices: number; revoke: number },
): Promise<void> {
  const { devicesFile } = fleet
  await using bare = await startBareNode(writeServerIdentity(directory))
  const bareKb = await measureMemory(bare, devicesFile, devices, () => {})
  await using muster = await startMuster(join(directory, 'data'), quiet)
  const musterKb = await measureMemory(muster, devicesFile, devices, (idle) =>
    benchRevoke(muster, { ...fleet, idle }, revoke),
  )
  const ratio = musterKb / bareKb
  console.log(`\nResident memory of an idle mutual-TLS MQTT connection, ${devices} connected\n`)
  console.log('| server | KB a connection | x bare Node | must reach |\n|---|---|---|---|')
  console.log(`| bare Node | ${bareKb.toFixed(1)} | 1.00 | |`)
  console.log(`| Muster | ${musterKb.toFixed(1)} | ${ratio.toFixed(2)} | ${budget('Muster', ratio, 1.25)} |`)
}

/** Resolves with the KB that each connection added; `work` runs while they are connected. */
async function measureMemory(
  { pid, port, caFile }: MeasuredServer,
  devicesFile: string,
  devices: number,
  work: (idle: IdleDevices) => void | Promise<void>,
): Promise<number> {
  const before = residentKb(pid)
  using idle = await connectIdle({ port, caFile, devicesFile }, devices)
  await pause(5000)
  const kb = (residentKb(pid) - before) / devices
  await work(idle)
  return kb
}

const residentKb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** Revokes one certificate after the other, and compares when each session was closed with when that was asked for. */
async function benchRevoke(
  muster: MeasuredMuster,
  { devices, idle }: BenchFleet & { idle: IdleDevices },
  count: number,
): Promise<void> {
  const { iot } = clientsOf(muster)
  await iot.send(new DescribeCertificateCommand({ certificateId: devices[0]!.certificateId })) // the first call loads the API's model
  const closedAt = new Map<string, number>()
  idle.onClosed((closed) => closedAt.set(closed.clientId, Number(BigInt(closed.closedAt)) / 1e6))
  const fromRequest: number[] = []
  const fromAnswer: number[] = []
  for (let index = 0; index < count; index += 1) {
    const { certificateId, clientId } = devices[Math.floor((index * devices.length) / count)]!
    const asked = nowMs()
    await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }))
    const answered = nowMs()
    const closed = await untilClosed(closedAt, clientId)
    fromRequest.push(closed - asked)
    fromAnswer.push(closed - answered)
  }
  console.log(
    `\nFrom revoking a certificate until its session was closed, as its client saw it; ${count} times, ${devices.length} sessions\n`,
  )
  console.log('| counted from | median ms | p99 ms | most ms | must reach |\n|---|---|---|---|---|')
  const p99 = quantile(fromRequest, 0.99)
  for (const [name, times] of Object.entries({ 'the request': fromRequest, 'the answer': fromAnswer })) {
    const cells = [0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(1))
    const limit = name === 'the request' ? `p99 <= 50${p99 > 50 ? ' MISSED' : ''}` : ''
    console.log(`| ${name} | ${cells.join(' | ')} | ${limit} |`)
  }
}

async function untilClosed(closedAt: Map<string, number>, clientId: string): Promise<number> {
  const deadline = nowMs() + 5000
  while (nowMs() < deadline) {
    const at = closedAt.get(clientId)
    if (at !== undefined) return at
    await pause(1)
  }
  throw new Error(`the session of ${clientId} is still open five seconds after its certificate was revoked`)
}
