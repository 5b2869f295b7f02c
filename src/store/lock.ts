import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeDirectory } from '../lib/make-directory.ts'
import { causeText } from '../lib/cause-text.ts'

/**
 * Takes the data directory for this process until disposed or dead, and makes it where it is missing. The lock is
 * SQLite's own on an empty database, so the operating system frees it when the process is killed.
 * @param taken what is said when another process holds it
 * @throws {Error} with that, or naming the directory when it cannot be made or written to
 */
export function lockDataDirectory(
  directory: string,
  taken = `another Muster server is using the data directory ${directory}; stop it, or choose another --data-dir`,
): Disposable {
  const lock = openLock(directory)
  try {
    lock.exec('pragma journal_mode = delete; begin exclusive')
  } catch (cause) {
    lock.close()
    if (!isBusy(cause)) throw unusable(directory, cause)
    throw new Error(taken, { cause })
  }
  return { [Symbol.dispose]: () => lock.close() }
}

function openLock(directory: string): DatabaseSync {
  try {
    makeDirectory(directory, { mode: 0o700 })
    return new DatabaseSync(join(directory, 'muster.lock'), { timeout: 0 })
  } catch (cause) {
    throw unusable(directory, cause)
  }
}

function unusable(directory: string, cause: unknown): Error {
  const reason = causeText(cause)
  return new Error(
    `the data directory ${directory} cannot be made or written to: ${reason}; choose another --data-dir`,
    { cause },
  )
}

/** https://sqlite.org/rescode.html#busy; the lower byte is the primary code. */
const sqliteBusy = 5

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteBusy
