import { sql } from 'kysely'
import type { Db } from './db.ts'

/**
 * Runs `work` as a part of the transaction of `db` that may fail by itself: what it changed is undone then, the rest of
 * the transaction stays. They come one after the other, never inside each other.
 * @throws what `work` throws
 */
export async function inSavepoint<T>(db: Db, work: () => Promise<T>): Promise<T> {
  await sql`savepoint part`.execute(db)
  try {
    return await work()
  } catch (cause) {
    await sql`rollback to savepoint part`.execute(db)
    throw cause
  } finally {
    await sql`release savepoint part`.execute(db)
  }
}
