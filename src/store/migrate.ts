/** Brings a database up to this version of Muster, or says which version it needs. */
import { Migrator } from 'kysely/migration'
import type { MaybePromise } from '../lib/maybe-promise.ts'
import { readVersion } from '../lib/version.ts'
import type { Db } from './db.ts'
import { migrations } from './migrations/index.ts'

/** What a database knows about its own schema, and how steps are taken in one commit. */
export interface Schema {
  /** Of the steps that the database has taken, in their order. */
  appliedNames: () => MaybePromise<string[]>
  /** Which version made the schema what it is; undefined for a database of before there were marks. */
  readMark: () => MaybePromise<string | undefined>
  writeMark: (version: string) => MaybePromise<void>
  begin: () => MaybePromise<void>
  /** Before steps are taken in a schema that others may be using. @throws {Error} for a person */
  checkUnused?: (steps: readonly string[]) => Promise<void>
  commit: () => MaybePromise<void>
  rollback: () => MaybePromise<void>
}

/**
 * All steps in one commit. What the database has taken is asked inside of it: a server of a later version may be taking
 * steps at this moment.
 * @throws {Error} for a person, when the database is of a newer version, or a step fails
 */
export async function migrate(db: Db, schema: Schema): Promise<void> {
  await schema.begin()
  try {
    await checkKnownSteps(schema)
    await checkNobodyElse(schema)
    await takeSteps(db, schema)
  } catch (cause) {
    await rollBack(schema)
    throw cause
  }
  await schema.commit()
}

async function takeSteps(db: Db, schema: Schema): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error === undefined) {
    if (results.length > 0) await schema.writeMark(readVersion())
    return
  }
  const reason = error instanceof Error ? error.message : 'a step failed'
  throw new Error(`the database schema could not be brought up to date: ${reason}`, { cause: error })
}

async function rollBack(schema: Schema): Promise<void> {
  try {
    await schema.rollback()
  } catch {
    // a database that is full or away has done so by itself; the cause says which
  }
}

/** What a start of this version would do to a database. */
export interface PendingSteps {
  /** Which version made the schema what it is; undefined for one of before there were marks. */
  mark: string | undefined
  /** How many steps it has taken. */
  applied: number
  /** Those that it would take, in their order. */
  pending: string[]
}

/** @throws {Error} for a person, when the database has taken steps that this version does not know */
export async function findPendingSteps(
  schema: Pick<Schema, 'appliedNames' | 'readMark'>,
): Promise<PendingSteps> {
  await checkKnownSteps(schema)
  const applied = await schema.appliedNames()
  const pending = Object.keys(migrations).filter((name) => !applied.includes(name))
  return {
    mark: applied.length === 0 ? undefined : await schema.readMark(),
    applied: applied.length,
    pending,
  }
}

async function checkNobodyElse(schema: Schema): Promise<void> {
  if (!schema.checkUnused) return
  const applied = await schema.appliedNames()
  const steps = Object.keys(migrations).filter((name) => !applied.includes(name))
  if (applied.length > 0 && steps.length > 0) await schema.checkUnused(steps)
}

/** @throws {Error} for a person, when the database has taken steps that this version does not know */
export async function checkKnownSteps(schema: Pick<Schema, 'appliedNames' | 'readMark'>): Promise<void> {
  const unknown = (await schema.appliedNames()).filter((name) => !Object.hasOwn(migrations, name))
  if (unknown.length > 0) throw new Error(newerDatabase(await schema.readMark(), unknown))
}

function newerDatabase(version: string | undefined, unknown: readonly string[]): string {
  const own = readVersion()
  const writer =
    version === undefined || version === own ? `a newer build of Muster ${own}` : `Muster ${version}`
  return (
    `the database was brought up to date by ${writer}, and this is ${own}, which does not know ` +
    `${unknown.join(', ')}; start that version or a newer one, or a backup from before the upgrade (docs/backup.md)`
  )
}
