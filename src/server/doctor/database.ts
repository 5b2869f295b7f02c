/** Whether the database can be used. */
import { existsSync } from 'node:fs'
import { describeDatabase, tryDatabase } from '../../store/index.ts'
import { causeText } from '../../lib/cause-text.ts'
import { checkDatabasePlace } from '../database-place.ts'
import type { Config } from '../config.ts'
import { listPendingSteps } from '../pending-steps.ts'
import { databaseFile } from '../server-files.ts'
import { fault, fine, type Finding } from './finding.ts'

const subject = 'database'

export async function checkDatabaseUse({ database }: Config, dataDir: string): Promise<Finding> {
  try {
    checkDatabasePlace(dataDir, database)
    if (database !== undefined) await tryDatabase(database)
  } catch (cause) {
    return fault(subject, causeText(cause), 'docs/postgresql.md says what the database must be like.')
  }
  return await checkVersion({ database, dataDir })
}

/** That a start of this version would not refuse it. */
async function checkVersion({ database, dataDir }: Pick<Config, 'database' | 'dataDir'>): Promise<Finding> {
  try {
    if (database !== undefined || existsSync(databaseFile(dataDir)))
      await listPendingSteps({ dataDir, database })
  } catch (cause) {
    return fault(subject, causeText(cause), 'docs/backup.md says how to go back after an upgrade.')
  }
  return fine(subject, database === undefined ? 'SQLite, in the data directory' : describeDatabase(database))
}
