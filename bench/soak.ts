/**
 * `npm run soak -- [minutes]`: mixed load on one server, and whether its heap stays as it is. A line each half minute
 * after a forced garbage collection; the exit code says whether it is flat and whether anything went wrong.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findByDataDirectory } from '../src/cli/running-server.ts'
import { makeFleet } from './fleet.ts'
import { devicesNeeded, runSoak, Tally } from './soak-load.ts'
import type { HeapSample } from './soak-server.ts'

/** The heap may grow by so much of itself an hour, and by so many MB, before it counts as growing. */
const toleratedShareAnHour = 0.5
const toleratedMb = 2

const minutes = Number(process.argv[2] ?? '10')
const sampleEveryMs = Math.min(30_000, (minutes * 60_000) / 12)
const directory = mkdtempSync(join(tmpdir(), 'muster-soak-'))
const dataDir = join(directory, 'data')
const child = fork(resolve('bench/soak-server.ts'), [dataDir], { execArgv: ['--expose-gc'] })
const exited = once(child, 'exit')
await once(child, 'message')

async function measure(): Promise<HeapSample> {
  child.send('measure')
  const [sample] = (await once(child, 'message')) as [HeapSample]
  return sample
}

const { endpoints, rootKey } = findByDataDirectory(dataDir)
const fleet = await makeFleet({ endpoints, rootKey }, directory, devicesNeeded)
const tally = new Tally()
const shift = new AbortController()
const target = { port: endpoints.mqttPort, ca: readFileSync(endpoints.rootCaFile, 'utf8') }
const { httpsPort, accountId } = endpoints
const working = runSoak({ fleet, target, httpsPort, accountId }, tally, shift.signal)
working.catch(() => shift.abort())

console.log(`${minutes} minutes of mixed load; sizes in MB, after a forced garbage collection\n`)
console.log('| minute | heap | buffers | resident | deliveries | reconnects | new devices |')
console.log('|---|---|---|---|---|---|---|')
const samples: { minute: number; heapMb: number }[] = []
const start = performance.now()
while (performance.now() - start < minutes * 60_000 && !shift.signal.aborted) {
  await pause(sampleEveryMs)
  const { heapMb, externalMb, residentMb } = await measure()
  const minute = (performance.now() - start) / 60_000
  samples.push({ minute, heapMb: heapMb + externalMb })
  const sizes = [heapMb, externalMb, residentMb].map((mb) => mb.toFixed(1))
  const counts = [totalOf('delivered'), tally.get('reconnects'), tally.get('devices provisioned')]
  console.log(`| ${[minute.toFixed(1), ...sizes, ...counts].join(' | ')} |`)
}
shift.abort()
await working
child.disconnect()
await exited
rmSync(directory, { recursive: true, force: true })
judge()

function totalOf(ending: string): number {
  return [...tally.counts].reduce((sum, [name, count]) => (name.endsWith(ending) ? sum + count : sum), 0)
}

function judge(): void {
  console.log()
  for (const [name, count] of tally.counts) {
    if (!name.endsWith(' expected')) continue
    const delivered = tally.get(name.replace(/expected$/, 'delivered'))
    const mayRepeat = name.startsWith('sleepers') // they leave while messages are on their way
    if (delivered < count || (delivered > count && !mayRepeat))
      tally.add(`failed: ${name} ${count}, delivered ${delivered}`)
  }
  for (const [name, count] of tally.counts) if (name.startsWith('failed')) console.log(`${name} (${count})`)
  const failures = [...tally.counts].filter(([name]) => name.startsWith('failed')).length
  const settled = samples.slice(Math.floor(samples.length / 3)) // caches fill in the beginning
  const slope = slopeOf(settled)
  const mean = settled.reduce((sum, { heapMb }) => sum + heapMb, 0) / settled.length
  const grown = slope * ((settled.at(-1)?.minute ?? 0) - (settled[0]?.minute ?? 0))
  const isFlat = grown <= Math.max(toleratedMb, (mean * toleratedShareAnHour * minutes) / 60)
  const text = `${slope >= 0 ? '+' : ''}${slope.toFixed(2)} MB a minute over the last ${settled.length} samples, ${mean.toFixed(1)} MB on average`
  console.log(`heap ${isFlat ? 'FLAT' : 'GROWING'}: ${text}; ${failures} kinds of failures`)
  process.exitCode = isFlat && failures === 0 ? 0 : 1
}

/** Least squares. */
function slopeOf(points: readonly { minute: number; heapMb: number }[]): number {
  const mean = (of: (point: { minute: number; heapMb: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const x = mean(({ minute }) => minute)
  const y = mean(({ heapMb }) => heapMb)
  const covariance = mean(({ minute, heapMb }) => (minute - x) * (heapMb - y))
  const variance = mean(({ minute }) => (minute - x) ** 2)
  return variance === 0 ? 0 : covariance / variance
}
