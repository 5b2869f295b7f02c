import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Takes the data directory for this process until disposed or dead. The lock is SQLite's own on an empty
 * database, so the operating system frees it when the process is killed.
 * @throws {Error} naming the directory when another server holds it
 */
export function lockDataDirectory(directory: string): Disposable {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(directory, 'muster.lock'), { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = delete; begin exclusive')
  } catch (cause) {
    lock.close()
    throw new Error(
      `another Muster server is using the data directory ${directory}; stop it, or choose another --data-dir`,
      { cause },
    )
  }
  return { [Symbol.dispose]: () => lock.close() }
}
