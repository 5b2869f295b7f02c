import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { causeText } from '../../lib/cause-text.ts'
import { syncPath } from '../../lib/durable-file.ts'
import { makeDirectory } from '../../lib/make-directory.ts'
import { lockDataDirectory } from '../../store/index.ts'
import type { ArchiveOptions } from './archive.ts'
import { BackupError } from './backup-error.ts'
import { manifestName, type Manifest } from './manifest.ts'
import { databaseName, restoreDraft } from './members.ts'
import { unpackVerified } from './verify.ts'

export interface RestoreRequest extends ArchiveOptions {
  file: string
  /** Made when it is not there; must be empty. */
  dataDir: string
}

/** The file system's own. */
const notOurs = new Set(['lost+found'])

/**
 * Brings a backup back as a data directory, once all of it has been verified. Whatever happens before the end, no server starts on it.
 * @throws {BackupError} when the directory is not empty, or the backup cannot be relied on
 */
export function restoreBackup({ file, dataDir, ...options }: RestoreRequest): Promise<Manifest> {
  return restoreInto(dataDir, async (files) => {
    const manifest = await unpackVerified(file, files, options)
    await rm(join(files, manifestName))
    return manifest
  })
}

/**
 * `fill` makes the directory that it is given, and puts the files of a data directory there, verified.
 * @throws {BackupError} when the directory is not empty; what `fill` throws
 */
export async function restoreInto<T>(given: string, fill: (files: string) => Promise<T>): Promise<T> {
  const dataDir = resolve(given)
  makeDataDirectory(dataDir)
  await checkEmpty(dataDir)
  const draft = join(dataDir, restoreDraft)
  await mkdir(draft, { mode: 0o700 })
  let isWhole = false
  try {
    const files = join(draft, 'files')
    const filled = await fill(files)
    await syncAll(files)
    await moveAll(files, dataDir)
    isWhole = true
    return filled
  } finally {
    // one that began to move stays marked: a server would take what is there for all
    if (isWhole || (await readdir(dataDir)).every((name) => name === restoreDraft || notOurs.has(name)))
      await rm(draft, { recursive: true, force: true, maxRetries: 10 })
    await syncPath(dataDir)
  }
}

function makeDataDirectory(dataDir: string): void {
  try {
    makeDirectory(dataDir, { mode: 0o700 })
  } catch (cause) {
    const reason = causeText(cause)
    throw new BackupError(
      `the data directory ${dataDir} cannot be made: ${reason}; choose another --data-dir`,
      {
        cause,
      },
    )
  }
}

/** @throws {BackupError} for a directory in which a restore was cut off */
export function checkNotHalfRestored(dataDir: string): void {
  if (existsSync(join(dataDir, restoreDraft)))
    throw new BackupError(
      `a restore into ${dataDir} is under way or was cut off: if none is, remove the directory and restore again`,
    )
}

async function checkEmpty(dataDir: string): Promise<void> {
  const names = (await readdir(dataDir)).filter((name) => !notOurs.has(name))
  if (names.length === 0) return
  if (names.includes('muster.lock')) lockDataDirectory(dataDir)[Symbol.dispose]() // says so when a server is running on it
  checkNotHalfRestored(dataDir)
  throw new BackupError(
    `${dataDir} is not empty (${names.slice(0, 3).join(', ')}): a backup is restored into an empty directory`,
  )
}

async function syncAll(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  for (const entry of entries) await syncPath(join(entry.parentPath, entry.name))
  await syncPath(directory)
}

/** The database last: without it nothing is there. */
async function moveAll(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => name !== databaseName)
  for (const name of [...names, databaseName]) await rename(join(from, name), join(to, name))
  await syncPath(to)
}
