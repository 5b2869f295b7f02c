/** Whether devices and callers are served now: `/readyz`. */
import { statfs } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import type { Store } from '../store/index.ts'
import { causeText } from '../lib/cause-text.ts'

export interface Readiness {
  isReady: boolean
  /** `ok`, or what is wrong; no names of files, as nobody signs for it. */
  checks: Record<string, string>
}

export interface ReadinessSources {
  /** Whether the device ports are open. */
  arePortsOpen: boolean
  store: Pick<Store, 'transact'>
  dataDir: string
  clock: Clock
  /** How long ago the node's lease was renewed, in ms; absent where one server has the database. */
  leaseAgeMs?: number | undefined
}

/** What cannot be answered by then is as good as broken. */
const maxAnswerMs = 5000
/** Of the data directory's disk, below which the log and the journal soon cannot be written. */
export const leastFreeMb = 64
/** A lease is renewed each second, and the node stops serving by itself at four. */
const oldLeaseMs = 3000

/** Never rejects. Asks the database for a commit, which fails once its disk has failed. */
export async function checkReadiness(sources: ReadinessSources): Promise<Readiness> {
  const { arePortsOpen, store, dataDir, clock, leaseAgeMs } = sources
  const database = outcomeOf(store.transact(async () => undefined))
  const disk = outcomeOf(freeMbOf(dataDir).then(checkFree))
  const checks = {
    ports: arePortsOpen ? 'ok' : 'the device ports are not open',
    database: await database,
    disk: await disk,
    clock: clock.fault() ?? 'ok',
    ...(leaseAgeMs !== undefined && { lease: describeLease(leaseAgeMs) }),
  }
  return { isReady: Object.values(checks).every((outcome) => outcome === 'ok'), checks }
}

function describeLease(ageMs: number): string {
  if (ageMs < oldLeaseMs) return 'ok'
  return ageMs === Number.POSITIVE_INFINITY ? 'it is over' : `not renewed for ${Math.round(ageMs)} ms`
}

async function freeMbOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return Math.floor((bavail * bsize) / 2 ** 20)
}

function checkFree(freeMb: number): void {
  if (freeMb < leastFreeMb) throw new Error(`${freeMb} MB are free, ${leastFreeMb} are needed`)
}

async function outcomeOf(check: Promise<unknown>): Promise<string> {
  const stop = new AbortController()
  const late = setTimeout(maxAnswerMs, `no answer within ${maxAnswerMs} ms`, {
    ref: false,
    signal: stop.signal,
  })
  const outcome = check.then(() => 'ok', causeText)
  try {
    return await Promise.race([outcome, late])
  } finally {
    stop.abort()
    late.catch(() => {}) // nobody waits for it any more
  }
}
