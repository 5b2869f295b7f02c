/**
 * What the first start of a server makes and all test servers on this machine can have, made once, before the tests: roots and server
 * certificates, whose RSA keys are half of what such a start costs, and a database that has taken all steps of its schema. That a server
 * makes its own is tried in `server-certificate.test.ts`, `open.test.ts`, and by the tests that run the command without this set-up. The
 * key that seals secrets is each server's own.
 */
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../../src/server/config.ts'
import { loadServerTls } from '../../src/server/server-tls.ts'
import { openStore } from '../../src/store/index.ts'

const variable = 'MUSTER_TEST_FIRST_START'
const databaseName = 'muster.db'

/** In the environment of a server that has to make all of it, for itself. */
export const ownFirstStart = 'MUSTER_TEST_OWN_FIRST_START'

/** Once, also where several projects of tests run together. */
export async function setup() {
  if (process.env[variable] !== undefined) return undefined
  const directory = mkdtempSync(join(tmpdir(), 'muster-first-start-'))
  await loadServerTls(parseConfig({ flags: {}, environment: {} }), directory, new Date())
  await (await openStore(join(directory, databaseName)))[Symbol.asyncDispose]()
  process.env[variable] = directory
  return () => rmSync(directory, { recursive: true, force: true })
}

/** A data directory that has none of it yet is given it; `isOnSqlite` where its database is a file. */
export function giveFirstStart(dataDir: string, { isOnSqlite }: { isOnSqlite: boolean }): void {
  const made = process.env[variable]
  if (made === undefined) return
  if (!existsSync(join(dataDir, 'tls'))) cpSync(join(made, 'tls'), join(dataDir, 'tls'), { recursive: true })
  if (isOnSqlite) giveEmptyStore(dataDir)
}

/** The database alone; a directory that holds one keeps it. */
export function giveEmptyStore(directory: string): void {
  const made = process.env[variable]
  const file = join(directory, databaseName)
  if (made !== undefined && !existsSync(file)) copyFileSync(join(made, databaseName), file)
}
