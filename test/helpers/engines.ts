/** Every engine of the store that is on this machine, each with a database that survives being opened again. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore, openStore, type Store } from '../../src/store/index.ts'
import { asOwner } from './postgres/databases.ts'
import { findPostgres, startPostgres, type TestPostgres } from './postgres/server.ts'

export interface Engine extends AsyncDisposable {
  open: () => Promise<Store>
  /** Ends every connection as a power cut would, where the engine is a server. */
  crash?: () => Promise<void>
}

async function sqlite(): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-contract-'))
  return {
    open: () => openStore(join(directory, 'muster.db')),
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true }),
  }
}

async function postgres(): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-contract-'))
  const server: TestPostgres = await startPostgres()
  await asOwner(server.url, (client) => client.query('create database muster'))
  return {
    open: () => openPostgresStore(server.url.replace(/[^/]*$/, 'muster'), { keyDirectory: directory }),
    async crash() {
      await server.kill()
      await server.start()
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true })
    },
  }
}

const hasPostgres = findPostgres() !== undefined
if (!hasPostgres) console.warn('the store is not tried on PostgreSQL, which is not on this machine')

export const engines: [string, () => Promise<Engine>][] = [['SQLite', sqlite]]
if (hasPostgres) engines.push(['PostgreSQL', postgres])
