/** Looks at a database, and leaves it as it is. */
import { Client } from 'pg'
import { causeText } from '../../lib/cause-text.ts'
import { checkServer } from './check-server.ts'
import { connectionTo } from './connections.ts'
import { describeDatabase } from './describe-database.ts'

/**
 * Resolves when a server could be started on it, whether or not one runs.
 * @throws {Error} for a person: which host, which error, what to do
 */
export async function tryDatabase(url: string): Promise<void> {
  const client = new Client(connectionTo(url))
  try {
    await client.connect()
    await checkServer({ ask: async (sql) => (await client.query(sql)).rows })
  } catch (cause) {
    throw new Error(`${describeDatabase(url)} cannot be used: ${causeText(cause)}`, { cause })
  } finally {
    await client.end()
  }
}
