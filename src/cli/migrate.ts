import { resolve } from 'node:path'
import { parseConfig } from '../server/config.ts'
import { moveToPostgres } from '../server/move-to-postgres.ts'
import { CommandError, type CommandContext } from './command.ts'

/** Copies what a stopped server has into PostgreSQL, table by table, and compares. */
export async function migrate({ given, source, print }: CommandContext): Promise<number> {
  const url = given.get('to') ?? ''
  if (!/^postgres(ql)?:\/\/./.test(url))
    throw new CommandError('expected muster migrate --to postgres://user:password@host/database', 2)
  const dataDir = resolve(parseConfig(source).dataDir)
  await moveToPostgres(dataDir, url, ({ name, rows }) => print(`${name.padEnd(32)} ${rows}\n`))
  print(
    `\nAll of it is there and the same. Start with --database and this data directory, which keeps keys and code.\n`,
  )
  return 0
}
