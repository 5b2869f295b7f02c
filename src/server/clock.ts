/** Whether the clock is right, as far as can be told without another: certificates and leases of time are judged by it. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A clock may be set, and files may come from another machine. */
const toleranceMs = 86_400_000

/** @param newest when it was later than `now`, as far as is known; undefined when nothing is known */
export const isClockBehind = (now: number, newest: number | undefined): boolean =>
  newest !== undefined && now <= newest - toleranceMs

/** When the newest file of the data directory was written, in ms; undefined when there is none. */
export function newestWrite(dataDir: string): number | undefined {
  const times = ['muster.db', 'muster.db-wal', 'secrets.key', 'root-access-key.json']
    .map((name) => join(dataDir, name))
    .filter((file) => existsSync(file))
    .map((file) => statSync(file).mtimeMs)
  return times.length === 0 ? undefined : Math.max(...times)
}

export interface Clock {
  /** Says what is wrong with it, or `undefined`. */
  fault: () => string | undefined
}

/** Call it before anything is written: what is written bears the time of this clock. */
export function watchClock(dataDir: string, now: () => number = Date.now): Clock {
  let newest = newestWrite(dataDir)
  return {
    fault() {
      const at = now()
      if (isClockBehind(at, newest)) {
        const [is, was] = [at, newest ?? 0].map((ms) => new Date(ms).toISOString())
        return `it says ${is}, but it has been ${was} already`
      }
      newest = Math.max(newest ?? at, at)
      return undefined
    },
  }
}
