import { lockDataDirectory, migrateDatabase } from '../store/index.ts'
import { databaseFile } from './server-files.ts'

/** @throws {Error} for a person, also when a server is using the data directory */
export async function moveToPostgres(
  dataDir: string,
  url: string,
  onTable: (table: { name: string; rows: number }) => void,
): Promise<void> {
  using _lock = lockDataDirectory(dataDir)
  await migrateDatabase({ file: databaseFile(dataDir), url }, onTable)
}
