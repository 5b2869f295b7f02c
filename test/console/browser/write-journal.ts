import { createLog } from '../../../src/lib/log.ts'
import { openJournal, type JournalEntry } from '../../../src/observability/journal/index.ts'
import { databaseFile } from '../../../src/server/server-files.ts'
import { openStore } from '../../../src/store/index.ts'
import { freshDirectory } from '../../helpers/server.ts'

/** A data directory whose journal has these entries, of the account that the server will have. */
export async function writeJournal(entries: readonly Omit<JournalEntry, 'accountId'>[]): Promise<string> {
  const dataDir = freshDirectory()
  await using store = await openStore(databaseFile(dataDir), { onCheckpointFailure: () => {} })
  const log = createLog('silent')
  await using journal = openJournal({
    store,
    log,
    now: () => new Date(),
    maxEntries: 1_000_000,
    maxAgeDays: 30,
  })
  for (const entry of entries) journal.record({ accountId: '000000000000', ...entry })
  return dataDir
}
