import { resolve } from 'node:path'
import { readVersion } from '../lib/version.ts'
import { parseConfig } from '../server/config.ts'
import { listPendingSteps } from '../server/pending-steps.ts'
import { moveToPostgres } from '../server/move-to-postgres.ts'
import { CommandError, type CommandContext } from './command.ts'

/** Copies what a stopped server has into PostgreSQL, table by table, and compares; or tells what an upgrade would do. */
export async function migrate(context: CommandContext): Promise<number> {
  const { given, source, print } = context
  if (given.has('dry-run')) return tellSteps(context)
  const url = given.get('to') ?? ''
  if (!/^postgres(ql)?:\/\/./.test(url))
    throw new CommandError(
      'expected muster migrate --to postgres://user:password@host/database, or muster migrate --dry-run',
      2,
    )
  const dataDir = resolve(parseConfig(source).dataDir)
  await moveToPostgres(dataDir, url, ({ name, rows }) => print(`${name.padEnd(32)} ${rows}\n`))
  print(
    `\nAll of it is there and the same. Start with --database and this data directory, which keeps keys and code.\n`,
  )
  return 0
}

async function tellSteps({ given, source, print }: CommandContext): Promise<number> {
  if (given.has('to')) throw new CommandError('either --to or --dry-run: both came', 2)
  const { mark, applied, pending } = await listPendingSteps(parseConfig(source))
  const writer = mark === undefined ? 'an unknown version' : `Muster ${mark}`
  print(
    `The schema was brought up to date by ${writer}: ${applied} steps. This is Muster ${readVersion()}.\n`,
  )
  if (pending.length === 0) print('A start changes nothing in it.\n')
  else
    print(
      `A start takes ${pending.length} more, in one commit, and no older version can read it then:\n` +
        `${pending.map((step) => `  ${step}\n`).join('')}Back it up first: muster backup FILE.\n`,
    )
  return 0
}
