/** The write-ahead log as a file that the thread pool brings to the disk; SQLite itself waits for no disk then. */
import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

export interface WriteAheadLog extends Disposable {
  /** Resolves when all that was written before the call is on the disk. */
  sync: () => Promise<void>
}

/**
 * `file` is the database's, open in WAL mode, so that its log exists and stays the same file until it is closed.
 * What is in the log already, left there by a process that was killed, is on the disk when this returns.
 */
export function openWriteAheadLog(file: string): WriteAheadLog {
  // SQLite's locks are on other files: to close this one releases none of them
  const log = openSync(`${file}-wal`, 'r+')
  fsyncSync(log)
  syncDirectory(dirname(file)) // the files' names
  return {
    sync: () =>
      new Promise((resolve, reject) => {
        fdatasync(log, (error) => (error ? reject(error) : resolve()))
      }),
    [Symbol.dispose]: () => closeSync(log),
  }
}

function syncDirectory(directory: string): void {
  const opened = openSync(directory, 'r')
  fsyncSync(opened)
  closeSync(opened)
}
