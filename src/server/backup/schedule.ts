/** Backups that a server makes of itself. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../lib/log.ts'
import { backupName, isCutOff, surplus, untilNextMs } from './retention.ts'

export interface ScheduleOptions {
  directory: string
  everyMs: number
  keep: number
  /** Resolves when the backup is in the file. */
  backUp: (file: string, signal: AbortSignal) => Promise<void>
  now: () => Date
  log: Pick<Log, 'info' | 'error'>
}

export interface BackupStats {
  /** Epoch milliseconds; undefined until there is one. */
  lastSuccessAt: number | undefined
  /** Since the start. */
  failures: number
}

export interface BackupSchedule extends AsyncDisposable {
  stats: () => BackupStats
}

/** One that failed is tried again before its turn. */
const retryMs = 300_000
/** The longest that a timer waits. */
const maxWaitMs = 2 ** 31 - 1

/**
 * Begins at once when a backup is due. Disposing cuts one off that is under way.
 * @throws {Error} of the system when the directory cannot be read
 */
export async function scheduleBackups(options: ScheduleOptions): Promise<BackupSchedule> {
  const { directory, everyMs, keep, now, log } = options
  const stop = new AbortController()
  const stats: BackupStats = { lastSuccessAt: await newestAt(directory), failures: 0 }
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const wait = (ms: number) => {
    if (stop.signal.aborted) return
    timer = setTimeout(() => (running = turn()), Math.min(ms, maxWaitMs)).unref()
  }
  const turn = async () => {
    let next = retryMs
    try {
      const due = untilNextMs(await readdir(directory), everyMs, now())
      if (due > 0) return wait(due)
      const file = join(directory, backupName(now()))
      await options.backUp(file, stop.signal)
      stats.lastSuccessAt = now().getTime()
      log.info({ file }, 'a backup was made')
      await tidy(directory, keep)
      next = everyMs
    } catch (error) {
      if (stop.signal.aborted) return
      stats.failures++
      log.error({ error }, 'a backup could not be made')
    }
    wait(Math.min(next, everyMs))
  }
  wait(untilNextMs(await readdir(directory), everyMs, now()))
  return {
    stats: () => ({ ...stats }),
    async [Symbol.asyncDispose]() {
      stop.abort()
      clearTimeout(timer)
      await running
    },
  }
}

/** Only after there is a new one, so that a failure costs none of the old ones. */
async function tidy(directory: string, keep: number): Promise<void> {
  const names = await readdir(directory)
  for (const name of [...surplus(names, keep), ...names.filter(isCutOff)])
    await rm(join(directory, name), { force: true })
}

async function newestAt(directory: string): Promise<number | undefined> {
  const newest = surplus(await readdir(directory), 0).at(-1)
  return newest === undefined ? undefined : (await stat(join(directory, newest))).mtimeMs
}
