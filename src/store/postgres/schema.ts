import type { Schema } from '../migrate.ts'
import { postgresMigrationLock } from './locks.ts'
import type { PostgresWriter } from './writer.ts'

type Asking = Pick<PostgresWriter, 'ask'>

/** The version is a comment on the table of the steps. */
export function readPostgresSchema(writer: Asking): Pick<Schema, 'appliedNames' | 'readMark'> {
  return {
    async appliedNames() {
      if (!(await hasSteps(writer))) return []
      const steps = await writer.ask<{ name: string }>('select name from kysely_migration order by name')
      return steps.map(({ name }) => name)
    },
    async readMark() {
      const [row] = await writer.ask<{ mark: string | null }>(
        "select obj_description('kysely_migration'::regclass, 'pg_class') as mark",
      )
      return row?.mark ?? undefined
    },
  }
}

export function postgresSchema(writer: PostgresWriter): Schema {
  return {
    ...readPostgresSchema(writer),
    writeMark: (version) =>
      writer.run(`comment on table kysely_migration is '${version.replaceAll("'", '')}'`),
    // two servers that start at the same moment go one after the other
    begin: () => writer.run(`begin; select pg_advisory_xact_lock(${postgresMigrationLock})`),
    commit: () => writer.run('commit'),
    rollback: () => writer.reset(),
  }
}

async function hasSteps(writer: Asking): Promise<boolean> {
  const [row] = await writer.ask<{ found: string | null }>(
    "select to_regclass('kysely_migration')::text as found",
  )
  return typeof row?.found === 'string'
}
