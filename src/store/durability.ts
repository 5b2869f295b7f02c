/** How what SQLite has committed reaches the disk, and what readers see until it has. */
import type { DatabaseSync } from 'node:sqlite'
import { Checkpoints, type LogCopier } from './checkpoints.ts'
import type { Durability } from './group-commit.ts'
import { openWriteAheadLog } from './write-ahead-log.ts'

export interface DurabilityOptions {
  /** The one connection that commits, and the one that reads while that is under way. */
  writer: DatabaseSync
  reader: DatabaseSync
  onCheckpointFailure?: (error: unknown) => void
  checkpointPages?: number
  logCopier?: LogCopier | undefined
}

export function openDurability(file: string, options: DurabilityOptions): Durability & AsyncDisposable {
  const { writer, onCheckpointFailure = () => {}, checkpointPages, logCopier } = options
  const log = openWriteAheadLog(file)
  const countPages = writer.prepare('pragma wal_checkpoint(noop)')
  const countChanges = writer.prepare('select total_changes() as changes')
  const changesNow = () => Number(countChanges.get()?.['changes'])
  const checkpoints = new Checkpoints({
    file,
    pagesInLog: () => Number(countPages.get()?.['log']),
    onFailure: onCheckpointFailure,
    logCopier,
    ...(checkpointPages !== undefined && { everyPages: checkpointPages }),
  })
  let syncedChanges = changesNow()
  return {
    ...pinning(options.reader),
    isSyncNeeded: () => changesNow() !== syncedChanges,
    async sync() {
      const changes = changesNow()
      checkpoints.notice() // now, as SQLite does not count pages once the next transaction is open
      await log.sync()
      syncedChanges = changes
    },
    isUpkeepDue: () => checkpoints.isRestDue,
    upkeep: () => checkpoints.copyRest(),
    async [Symbol.asyncDispose]() {
      await checkpoints[Symbol.asyncDispose]()
      log[Symbol.dispose]()
    },
  }
}

/** A read transaction that has begun to read keeps seeing what was there then. */
function pinning(reader: DatabaseSync): Pick<Durability, 'pinReaders' | 'releaseReaders'> {
  const begin = reader.prepare('begin')
  const look = reader.prepare('select 1 from sqlite_schema limit 1')
  const end = reader.prepare('commit')
  return {
    pinReaders() {
      if (reader.isTransaction) return
      begin.run()
      look.get()
    },
    releaseReaders() {
      if (reader.isTransaction) end.run()
    },
  }
}
