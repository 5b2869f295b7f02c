/** A data directory as it was at a time, from the copies of a server. */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { lookInto } from '../../../store/index.ts'
import { BackupError } from '../../backup/backup-error.ts'
import { databaseName } from '../../backup/members.ts'
import { restoreInto } from '../../backup/restore.ts'
import type { NamedFiles } from '../../backup/stage.ts'
import { checkUsable } from '../../backup/verify.ts'
import { assemble, checkKeptFiles, readSnapshot } from './assemble.ts'
import { CopyDamage } from '../blocks/copy-damage.ts'
import type { CopiesSource } from './source.ts'
import { chooseSnapshot, listSnapshots, type Snapshot } from '../snapshots/snapshots.ts'

interface CopiesRequest {
  source: CopiesSource
  named: NamedFiles
  signal: AbortSignal
}

export interface RestoreCopiesRequest extends CopiesRequest {
  /** Undefined: all that was copied. */
  at: Date | undefined
  dataDir: string
}

export interface Restored {
  /** The last change that is in it. */
  reachedAt: Date
  /** Of Muster. */
  version: string
  /** For a person: what is not as it would be wished. */
  notes: string[]
}

/** @throws {BackupError} for a time that the copies do not go back to, copies that were changed, a directory that is not empty */
export function restoreCopies({ at, dataDir, ...request }: RestoreCopiesRequest): Promise<Restored> {
  return speakPlainly(async () => {
    const { source } = request
    const snapshots = listSnapshotsOf(source)
    const time = at?.getTime() ?? Number.POSITIVE_INFINITY
    const snapshot = chooseSnapshot(snapshots, time)
    if (!snapshot) throw tooEarly(source, snapshots)
    return await restoreInto(dataDir, (files) => assembleVerified({ ...request, snapshot, at: time, files }))
  })
}

export interface Verified {
  from: Date
  to: Date
  notes: string[]
}

/**
 * Reads all copies, and tries the last state that each run of a server left. Resolves with what they go from and to, run by run.
 * @throws {BackupError} at the first fault
 */
export function verifyCopies({
  temporaryDirectory,
  ...request
}: CopiesRequest & { temporaryDirectory: string }): Promise<Verified[]> {
  return speakPlainly(async () => {
    const { source, signal } = request
    const verified: Verified[] = []
    const snapshots = listSnapshotsOf(source)
    await source.fetchAllKept()
    await checkKeptFiles(source.directory)
    for (const snapshot of snapshots) {
      await source.fetchSnapshot(snapshot)
      await readSnapshot(snapshot, () => {}, signal)
    }
    for (const snapshot of firstOfEach(snapshots)) {
      const directory = await mkdtemp(join(temporaryDirectory, 'muster-verify-'))
      try {
        const all = { ...request, snapshot, at: Number.POSITIVE_INFINITY, files: join(directory, 'files') }
        const { reachedAt, notes } = await assembleVerified(all)
        verified.push({ from: new Date(snapshot.startsAt), to: reachedAt, notes })
      } finally {
        await rm(directory, { recursive: true, force: true, maxRetries: 10 })
      }
    }
    return verified
  })
}

const firstOfEach = (snapshots: readonly Snapshot[]): Snapshot[] =>
  snapshots.filter(
    ({ generation }, index) =>
      snapshots.findIndex((one) => one.generation.name === generation.name) === index,
  )

interface AssembleVerifiedRequest extends CopiesRequest {
  snapshot: Snapshot
  at: number
  /** Is made. */
  files: string
}

async function assembleVerified({
  snapshot,
  at,
  files,
  named,
  source,
  signal,
}: AssembleVerifiedRequest): Promise<Restored> {
  await mkdir(files, { mode: 0o700 })
  await source.fetchSnapshot(snapshot)
  const { fetchKept } = source
  const { reachedAt, tornBytes } = await assemble({ snapshot, at, target: files, fetchKept, signal })
  await checkUsable(files)
  const notes: string[] = []
  if (tornBytes > 0)
    notes.push(
      `the last ${tornBytes} bytes of ${snapshot.generation.name} are of a block that was never finished: left out`,
    )
  for (const name of await lookInto(join(files, databaseName), named.list)) {
    const path = join(named.directory, name)
    const isThere = await stat(join(files, path)).catch(() => undefined)
    if (!isThere) notes.push(`the database names ${path}, which went before it was copied`)
  }
  return { reachedAt: new Date(reachedAt), version: snapshot.version, notes }
}

/** @throws {BackupError} when there are none */
function listSnapshotsOf({ directory, name }: CopiesSource): Snapshot[] {
  const snapshots = listSnapshots(directory)
  if (snapshots.length > 0) return snapshots
  throw new BackupError(`${name} holds no copies that can be restored: there is no whole snapshot yet`)
}

function tooEarly({ name }: CopiesSource, snapshots: readonly Snapshot[]): BackupError {
  const first = Math.min(...snapshots.map(({ startsAt }) => startsAt))
  return new BackupError(`the copies in ${name} go back to ${new Date(first).toISOString()}, and no further`)
}

async function speakPlainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof CopyDamage)
      throw new BackupError(`the copies are damaged: ${cause.message}`, { cause })
    throw cause
  }
}
