import { access, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { renameDurably } from '../../lib/durable-file.ts'
import { readVersion } from '../../lib/version.ts'
import { lockDataDirectory } from '../../store/index.ts'
import { pack, type ArchiveOptions } from './archive.ts'
import { findDatabaseElsewhere } from '../database-place.ts'
import { BackupError } from './backup-error.ts'
import { manifestName, writeManifest, type Manifest } from './manifest.ts'
import { archiveDraftEnding, backupDraft, databaseName, restoreDraft } from './members.ts'
import { stage, type NamedFiles } from './stage.ts'

export interface BackupRequest extends ArchiveOptions {
  dataDir: string
  /** Must not be there; its directory must. */
  file: string
  named: NamedFiles
  now: Date
}

/**
 * Backs a data directory up into one file, mode 0600, whether or not a server is running on it. The file is there when it
 * is whole and durable, and not before.
 * @throws {BackupError} when there is nothing to back up, the file is there, or another backup is under way
 */
export async function backUp({ now, named, ...request }: BackupRequest): Promise<Manifest> {
  const [dataDir, file] = [resolve(request.dataDir), resolve(request.file)]
  await checkPaths(dataDir, file)
  const draft = join(dataDir, backupDraft)
  using _lock = lockDataDirectory(draft, `another backup of ${dataDir} is under way; wait for it`)
  const archive = `${file}${archiveDraftEnding}`
  await rm(archive, { force: true })
  try {
    const target = join(draft, 'files')
    await stage({ dataDir, target, scratch: join(draft, 'held'), named })
    const manifest = await writeManifest(target, { version: readVersion(), createdAt: now.toISOString() })
    const paths = [manifestName, ...manifest.members.map(({ path }) => path)]
    await pack(target, paths, archive, request)
    await renameDurably(archive, file)
    return manifest
  } finally {
    await rm(archive, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

async function checkPaths(dataDir: string, file: string): Promise<void> {
  const elsewhere = findDatabaseElsewhere(dataDir)
  if (elsewhere !== undefined)
    throw new BackupError(
      `${elsewhere} is backed up with pg_dump, and ${dataDir} as files beside it (docs/postgresql.md)`,
    )
  if (!(await isThere(join(dataDir, databaseName))))
    throw new BackupError(`${dataDir} is no data directory: it has no ${databaseName}`)
  if (await isThere(join(dataDir, restoreDraft)))
    throw new BackupError(`a restore of ${dataDir} did not finish: restore it again, into an empty directory`)
  if (isInside(dataDir, file))
    throw new BackupError(`${file} is in the data directory itself: choose another place for the backup`)
  if (await isThere(file)) throw new BackupError(`${file} is there already: choose another name`)
  const isDirectory = await stat(dirname(file)).then(
    (facts) => facts.isDirectory(),
    () => false,
  )
  if (!isDirectory) throw new BackupError(`there is no directory ${dirname(file)}`)
}

/** Both absolute. */
export const isInside = (directory: string, path: string): boolean =>
  !/^\.\.(?:\/|$)/.test(relative(directory, path))

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
