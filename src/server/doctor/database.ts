/** Whether the database can be used. */
import { describeDatabase, tryDatabase } from '../../store/index.ts'
import { causeText } from '../../lib/cause-text.ts'
import { checkDatabasePlace } from '../database-place.ts'
import type { Config } from '../config.ts'
import { fault, fine, type Finding } from './finding.ts'

export async function checkDatabaseUse({ database }: Config, dataDir: string): Promise<Finding> {
  const subject = 'database'
  try {
    checkDatabasePlace(dataDir, database)
    if (database === undefined) return fine(subject, 'SQLite, in the data directory')
    await tryDatabase(database)
    return fine(subject, describeDatabase(database))
  } catch (cause) {
    return fault(subject, causeText(cause), 'docs/postgresql.md says what the database must be like.')
  }
}
