/** The thread that copies, so that neither a slow place for the copies nor the work on them keeps a device waiting. */
import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Copier } from './copier.ts'
import type { FromThread, ThreadData, ToThread } from './messages.ts'
import { openPlace } from './open-place.ts'

const snapshotEveryMs = 86_400_000
/** Sooner when that much is to be read after it. */
const maxBytesAfterSnapshot = 1024 ** 3

const { dataDir, place: named, version, keepMs } = workerData as ThreadData
const stop = new AbortController()
const { signal } = stop
using place = openPlace(named, { dataDir, signal })
const { directory, everyMs, maxBlocks } = place
using copier = new Copier({ dataDir, directory, version, maxBlocks, now: Date.now })
const tell = (message: FromThread) => parentPort?.postMessage(message)

parentPort?.on('message', (message: ToThread) => {
  if (message === 'close') stop.abort()
  else if (message === 'log-began-anew') copier.noticeNewLog()
  else {
    copier.takeRest()
    tell({ kind: 'rest-taken' })
  }
})

let isSnapshotUnderWay = false
let snapshot: Promise<void> = Promise.resolve()
/** Resolves once what a snapshot goes on with is kept. */
let pushed = Promise.withResolvers<void>()
let failure: unknown
let isRestorable = false
let last = { at: Number.NEGATIVE_INFINITY, bytes: 0 }

const isSnapshotDue = () =>
  !isSnapshotUnderWay &&
  (Date.now() - last.at >= snapshotEveryMs || copier.bytes - last.bytes >= maxBytesAfterSnapshot)

async function beginSnapshot(): Promise<void> {
  const { startsAt, write } = await copier.beginSnapshot()
  last = { at: startsAt, bytes: copier.bytes }
  isSnapshotUnderWay = true
  pushed = Promise.withResolvers()
  snapshot = finishSnapshot(write).catch((error: unknown) => {
    if (!signal.aborted) failure = error
  })
}

async function finishSnapshot(write: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { promise: isBegun } = pushed
  await write(signal)
  await isBegun
  await place.pushSnapshots(signal)
  isRestorable = true
  await place.tidy(copier, keepMs)
  isSnapshotUnderWay = false
}

while (!signal.aborted && failure === undefined) {
  const at = Date.now()
  if (isSnapshotDue()) await beginSnapshot()
  else await copier.turn()
  await place.push()
  pushed.resolve()
  if (isRestorable) tell({ kind: 'current', at })
  await setTimeout(everyMs, undefined, { signal }).catch(() => {}) // it is to stop
}
await snapshot
if (failure !== undefined) throw failure
await copier.turn()
await place.push()
parentPort?.close()
