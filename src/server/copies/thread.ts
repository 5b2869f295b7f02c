/** The thread that copies, so that neither a slow place for the copies nor the work on them keeps a device waiting. */
import { parentPort, workerData } from 'node:worker_threads'
import { Copier } from './copier.ts'
import type { FromThread, ThreadData, ToThread } from './messages.ts'
import { openPlace } from './open-place.ts'
import { OwnershipLost } from './owner/ownership.ts'
import { Run } from './run.ts'

const { dataDir, place: named, version, keepMs, timing } = workerData as ThreadData
const stop = new AbortController()
const { signal } = stop
const tell = (message: FromThread) => parentPort?.postMessage(message)
/** Undefined until the place is this server's. */
let copying: Copier | undefined

parentPort?.on('message', (message: ToThread) => {
  if (message === 'close') stop.abort()
  else if (message === 'log-began-anew') copying?.noticeNewLog()
  else {
    copying?.takeRest()
    tell({ kind: 'rest-taken' })
  }
})

let isTaken = false

async function copy(): Promise<void> {
  const onUnconditional = () => tell({ kind: 'unconditional' })
  using place = await openPlace(named, { dataDir, version, timing, signal, onUnconditional })
  const before = await place.ownership.take((other) => tell({ kind: 'waiting', other }))
  tell({ kind: 'taken', before })
  isTaken = true
  const { directory, maxBlocks } = place
  using copier = new Copier({ dataDir, directory, version, maxBlocks, now: Date.now })
  copying = copier
  try {
    await new Run({ place, copier, keepMs, signal, onCurrent: (at) => tell({ kind: 'current', at }) }).go()
  } finally {
    copying = undefined
  }
}

try {
  await copy()
} catch (error) {
  if (error instanceof OwnershipLost) tell({ kind: 'lost' })
  else if (isTaken || !signal.aborted) throw error // else it was to stop while it waited
}
parentPort?.close()
