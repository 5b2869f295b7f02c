import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkDatabase } from '../../store/index.ts'
import { unpack, type ArchiveOptions } from './archive.ts'
import { BackupError } from './backup-error.ts'
import { checkManifest, type Manifest } from './manifest.ts'
import { databaseName } from './members.ts'
import { causeText } from '../../lib/cause-text.ts'

export interface VerifyRequest extends ArchiveOptions {
  file: string
  /** Where there is room for what the backup holds, e.g. the system's for temporary files. Nothing is left there. */
  temporaryDirectory: string
}

/**
 * Reads all of a backup: its seal, its structure, the checksum of each member, its database, and whether this version knows it.
 * @throws {BackupError} saying what is wrong
 */
export async function verifyBackup({
  file,
  temporaryDirectory,
  ...options
}: VerifyRequest): Promise<Manifest> {
  const directory = await mkdtemp(join(temporaryDirectory, 'muster-verify-'))
  try {
    return await unpackVerified(file, join(directory, 'files'), options)
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Makes `directory`, mode 0700, and leaves what the backup holds in it. @throws {BackupError} as above */
export async function unpackVerified(
  file: string,
  directory: string,
  options: ArchiveOptions,
): Promise<Manifest> {
  await mkdir(directory, { mode: 0o700 })
  await unpack(file, directory, options)
  const manifest = await checkManifest(directory)
  await checkUsable(directory)
  return manifest
}

/** That a server of this version can use the database there, with the key beside it. @throws {BackupError} */
export async function checkUsable(directory: string): Promise<void> {
  try {
    await checkDatabase(join(directory, databaseName))
  } catch (cause) {
    throw new BackupError(`the backup cannot be used: ${causeText(cause)}`, { cause })
  }
}
