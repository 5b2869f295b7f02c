/** The thread that copies, so that neither a slow place for the copies nor the work on them keeps a device waiting. */
import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Copier } from './copier.ts'
import type { FromThread, ThreadData, ToThread } from './messages.ts'
import { tidyCopies } from './kept/tidy.ts'

const everyMs = 250
const snapshotEveryMs = 86_400_000
/** Sooner when that much is to be read after it. */
const maxBytesAfterSnapshot = 1024 ** 3

const { dataDir, directory, version, keepMs } = workerData as ThreadData
const stop = new AbortController()
const { signal } = stop
using copier = new Copier({ dataDir, directory, version, now: Date.now })
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
  snapshot = finishSnapshot(write).catch((error: unknown) => {
    if (!signal.aborted) failure = error
  })
}

async function finishSnapshot(write: (signal: AbortSignal) => Promise<void>): Promise<void> {
  await write(signal)
  isRestorable = true
  const now = Date.now()
  await tidyCopies({ directory, current: copier.path, files: copier.files, since: now - keepMs, now })
  isSnapshotUnderWay = false
}

while (!signal.aborted && failure === undefined) {
  const at = Date.now()
  if (isSnapshotDue()) await beginSnapshot()
  else await copier.turn()
  if (isRestorable) tell({ kind: 'current', at })
  await setTimeout(everyMs, undefined, { signal }).catch(() => {}) // it is to stop
}
await snapshot
if (failure !== undefined) throw failure
await copier.turn()
parentPort?.close()
