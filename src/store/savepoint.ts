/** Parts of a transaction that may fail by themselves. */
import { sql } from 'kysely'
import { takeApart } from './apart.ts'
import { togetherOf, type Db } from './db.ts'

/**
 * Runs `work` as a part of the transaction of `db` that may fail by itself: what it changed is undone then, the rest of
 * the transaction stays. They come one after the other, never inside each other.
 * @throws what `work` throws
 */
async function inSavepoint<T>(db: Db, work: () => Promise<T>): Promise<T> {
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

interface Part<T> {
  /** Names as those of `Store.transact`; what is said there of a work with names holds for `run`. */
  apart: readonly string[]
  run: (db: Db) => Promise<T>
}

/**
 * Does each part of the transaction of `db` whole or not at all, and resolves with what came of each. Where each query is a
 * way to the database, those next to each other that share no name are done side by side.
 */
export async function inParts<T>(db: Db, parts: readonly Part<T>[]): Promise<PromiseSettledResult<T>[]> {
  const together = togetherOf(db)
  const waiting = [...parts]
  const outcomes: PromiseSettledResult<T>[] = []
  while (waiting.length > 0) {
    const some = takeApart(waiting, together ? waiting.length : 1)
    const done = together && some.length > 1 ? await trySideBySide(db, together, some) : undefined
    if (done) outcomes.push(...done.map((value) => ({ status: 'fulfilled' as const, value })))
    else for (const part of some) outcomes.push(...(await runAlone(db, part)))
  }
  return outcomes
}

/** Undefined when one of them failed: nothing of any is left then. */
async function trySideBySide<T>(db: Db, together: Db, parts: readonly Part<T>[]): Promise<T[] | undefined> {
  await sql`savepoint part`.execute(db)
  const outcomes = await Promise.allSettled(parts.map(({ run }) => run(together)))
  const values = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const isWhole = values.length === parts.length
  if (!isWhole) await sql`rollback to savepoint part`.execute(db)
  await sql`release savepoint part`.execute(db)
  return isWhole ? values : undefined
}

const runAlone = <T>(db: Db, { run }: Part<T>): Promise<PromiseSettledResult<T>[]> =>
  Promise.allSettled([inSavepoint(db, () => run(db))])
