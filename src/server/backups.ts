/** The backups of a data directory of this server: those that a person asks for, and those that it makes of itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  BackupError,
  isInside,
  readPassphrase,
  scheduleBackups,
  type BackupSchedule,
  type NamedFiles,
} from './backup/index.ts'
import { listCodeFiles } from '../functions/index.ts'
import { makeDirectory } from '../lib/make-directory.ts'
import type { Config } from './config.ts'
import type { Parts } from './parts.ts'
import { codeDirectoryName } from './server-files.ts'

/** What the database names: the code of functions. */
export const namedFiles: NamedFiles = { directory: codeDirectoryName, list: listCodeFiles }

/**
 * Undefined when none are asked for.
 * @throws {Error} for a directory that cannot be made, or is in the data directory; for a passphrase that cannot be read
 */
export async function openBackups(
  config: Config,
  { dataDir, log, now }: Pick<Parts, 'dataDir' | 'log' | 'now'>,
): Promise<BackupSchedule | undefined> {
  const { backupEvery: everyMs, backupDir, backupKeep: keep, backupPassphraseFile: passphraseFile } = config
  if (everyMs === undefined || backupDir === undefined) return undefined
  const directory = resolve(backupDir)
  if (isInside(dataDir, directory))
    throw new BackupError(
      `--backup-dir ${directory} is in the data directory: choose a place that outlives it`,
    )
  makeDirectory(directory, { mode: 0o700 })
  if (passphraseFile !== undefined) await readPassphrase(passphraseFile) // now, not when the first backup is due
  const passphrase = passphraseFile === undefined ? [] : ['--passphrase-file', passphraseFile]
  const backUp = (file: string, signal: AbortSignal) =>
    runMuster(['backup', file, '--data-dir', dataDir, ...passphrase], signal)
  return await scheduleBackups({ directory, everyMs, keep, backUp, now, log })
}

const program = fileURLToPath(new URL('../../bin/muster.js', import.meta.url))
const maxSaid = 4096

/** A process of its own, which takes neither time nor memory from the devices. */
async function runMuster(args: readonly string[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-maxSaid)))
  const [code] = (await once(child, 'close')) as [number | null]
  signal.removeEventListener('abort', stop)
  if (code !== 0) throw new BackupError(said.trim() || `the process ended with ${code ?? 'a signal'}`)
}
