/** Puts the files of a backup together: the database of one moment, and beside it what belongs to that moment. */
import { copyFile, link, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { copyDatabase, lookInto, type Db } from '../../store/index.ts'
import { BackupError } from './backup-error.ts'
import { databaseName, ignoreMissing, listMembers } from './members.ts'

/** Files that the database names: made before it does, and removed after. They never change. */
export interface NamedFiles {
  /** Relative to the data directory. */
  directory: string
  /** Those that a database names, relative to the directory above. */
  list: (db: Db) => Promise<string[]>
}

export interface StageRequest {
  dataDir: string
  /** Is made; must not be there. */
  target: string
  /** A place for files that may be needed. */
  scratch: string
  named: NamedFiles
}

/** One is enough, except when code comes and goes between two steps. */
const maxAttempts = 5

/**
 * Named files are held by links before the database is copied: what is removed afterwards is there still. One that came
 * later is taken where it is; should it be gone already, all begins again. Everything else is replaced whole, or never
 * changes, and fits any moment: keys, certificates, revocation lists.
 * @throws {BackupError} when a file that the database names is nowhere
 */
export async function stage(request: StageRequest): Promise<void> {
  const { dataDir, target, scratch, named } = request
  let missing: string[] = []
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    for (const directory of [target, scratch]) await rm(directory, { recursive: true, force: true })
    await mkdir(target, { mode: 0o700 })
    const isNamed = (path: string) => path.startsWith(`${named.directory}/`)
    for (const path of (await listMembers(dataDir)).filter(isNamed)) await hold(dataDir, scratch, path)
    await copyDatabase(join(dataDir, databaseName), join(target, databaseName))
    missing = await takeNamed(request)
    if (missing.length > 0) continue
    const others = (await listMembers(dataDir)).filter((path) => !isNamed(path))
    for (const path of others) await copy(join(dataDir, path), join(target, path))
    return
  }
  throw new BackupError(
    `the database names ${missing.join(', ')}, which the data directory does not have: ` +
      'give the functions their code again, or delete them',
  )
}

/** Resolves with those that were found nowhere. */
async function takeNamed({ dataDir, target, scratch, named }: StageRequest): Promise<string[]> {
  const missing: string[] = []
  for (const name of await lookInto(join(target, databaseName), named.list)) {
    const path = join(named.directory, name)
    if (!(await hold(scratch, target, path)) && !(await hold(dataDir, target, path))) missing.push(path)
  }
  return missing
}

/** A second name for the same file, a copy where that cannot be; false when it is gone. */
async function hold(from: string, to: string, path: string): Promise<boolean> {
  const [source, target] = [join(from, path), join(to, path)]
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  try {
    await link(source, target)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? false : await copy(source, target)
  }
}

async function copy(source: string, target: string): Promise<boolean> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const done = await copyFile(source, target).then(() => true, ignoreMissing)
  return done ?? false
}
