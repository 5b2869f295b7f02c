/** Whether devices and callers are served now: `/readyz`. */
import { statfs } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
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
}

/** What cannot be answered by then is as good as broken. */
const maxAnswerMs = 5000
/** Of the data directory's disk, below which the log and the journal soon cannot be written. */
export const leastFreeMb = 64

/** Never rejects. Asks the database for a commit, which fails once its disk has failed. */
export async function checkReadiness({ arePortsOpen, store, dataDir }: ReadinessSources): Promise<Readiness> {
  const database = outcomeOf(store.transact(async () => undefined))
  const disk = outcomeOf(freeMbOf(dataDir).then(checkFree))
  const checks = {
    ports: arePortsOpen ? 'ok' : 'the device ports are not open',
    database: await database,
    disk: await disk,
  }
  return { isReady: Object.values(checks).every((outcome) => outcome === 'ok'), checks }
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
