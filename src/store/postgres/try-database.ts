/** Looks at a database, and leaves it as it is. */
import { Client } from 'pg'
import { causeText } from '../../lib/cause-text.ts'
import { checkServer } from './check-server.ts'
import { connectionTo } from './connections.ts'
import { findPendingSteps, type PendingSteps } from '../migrate.ts'
import { describeDatabase } from './describe-database.ts'
import { readPostgresSchema } from './schema.ts'
import type { PostgresWriter } from './writer.ts'

/**
 * Resolves when a server could be started on it, whether or not one runs.
 * @throws {Error} for a person: which host, which error, what to do
 */
export function tryDatabase(url: string): Promise<void> {
  return ask(url, checkServer)
}

/**
 * What a start would do to the database, which stays as it is.
 * @throws {Error} for a person, also when it is of a newer version
 */
export function askPendingSteps(url: string): Promise<PendingSteps> {
  return ask(url, (asking) => findPendingSteps(readPostgresSchema(asking)))
}

async function ask<T>(url: string, look: (asking: Pick<PostgresWriter, 'ask'>) => Promise<T>): Promise<T> {
  const client = new Client(connectionTo(url))
  try {
    await client.connect()
    return await look({ ask: async (sql) => (await client.query(sql)).rows })
  } catch (cause) {
    throw new Error(`${describeDatabase(url)} cannot be used: ${causeText(cause)}`, { cause })
  } finally {
    await client.end()
  }
}
