/** A PostgreSQL, a NATS, and what nodes of one cluster are started with. */
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasNats, startNats } from './nats.ts'
import { asOwner } from './postgres/databases.ts'
import { findPostgres, startPostgres, type TestPostgres } from './postgres/server.ts'
import { musterProgram } from './program.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from './server.ts'

export interface TestCluster extends AsyncDisposable {
  postgres: TestPostgres
  database: string
  directory: string
  keyFile: string
  nats: string
  /** `program`: the file that Node runs. */
  startNode: (
    name: string,
    more?: Record<string, string>,
    environment?: Record<string, string>,
    program?: string,
  ) => Promise<ServerProcess>
}

/** Whether nodes cannot be tried on this machine; says so. */
export function isClusterAbsent(): boolean {
  const isAbsent = findPostgres() === undefined || !hasNats()
  if (isAbsent)
    console.warn(
      'several nodes are not tried: PostgreSQL or NATS is not on this machine (Debian: postgresql, nats-server)',
    )
  return isAbsent
}

/** With an empty database. */
export async function openCluster(): Promise<TestCluster> {
  const [postgres, nats] = await Promise.all([startPostgres(), startNats()])
  await asOwner(postgres.url, (client) => client.query('create database fleet'))
  const database = postgres.url.replace(/[^/]*$/, 'fleet')
  const directory = freshDirectory()
  const keyFile = join(directory, 'cluster.key')
  writeFileSync(keyFile, randomBytes(32), { mode: 0o600 })
  return {
    postgres,
    database,
    directory,
    keyFile,
    nats: nats.url,
    startNode: (name, more = {}, environment = {}, program = musterProgram) =>
      startServerProcess(
        {
          'data-dir': join(directory, name),
          database,
          nats: nats.url,
          'cluster-key-file': keyFile,
          'node-name': name,
          ...more,
        },
        environment,
        [],
        program,
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all([nats[Symbol.asyncDispose](), postgres[Symbol.asyncDispose]()])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
