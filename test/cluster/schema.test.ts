/** Nodes that come while one of a later version takes steps of the schema: none serves with a schema that it does not know. */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSecretBox, openNodeStore, openPostgresStore } from '../../src/store/index.ts'
import { postgresMigrationLock } from '../../src/store/postgres/locks.ts'
import { asOwner } from '../helpers/postgres/databases.ts'
import { findPostgres, startPostgres, type TestPostgres } from '../helpers/postgres/server.ts'
import { freshDirectory } from '../helpers/server.ts'

const isAbsent = findPostgres() === undefined
const secrets = createSecretBox(randomBytes(32))

const openNode = (url: string) =>
  openNodeStore(url, { secrets, keyFile: 'cluster.key', silenceMs: 60_000, leaseQueryMs: 10_000 })

const takeStep = `insert into kysely_migration (name, timestamp) values ('999-jobs', '');
  comment on table kysely_migration is '12.3.4'`
const refusal = 'the database was brought up to date by Muster 12.3.4'

describe.skipIf(isAbsent)('a schema that nodes of two versions come to at the same moment', () => {
  let postgres: TestPostgres
  let keyDirectory: string
  let made = 0

  beforeAll(async () => {
    postgres = await startPostgres()
    keyDirectory = freshDirectory()
  })
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]()
    if (keyDirectory !== undefined) rmSync(keyDirectory, { recursive: true, force: true })
  })

  /** Has the schema of this version. */
  async function makeDatabase(): Promise<string> {
    const name = `steps_${made++}`
    await asOwner(postgres.url, (client) => client.query(`create database ${name}`))
    const url = postgres.url.replace(/[^/]*$/, name)
    await (await openNode(url))[Symbol.asyncDispose]()
    return url
  }

  /** The node of a later version. */
  async function connect(url: string): Promise<Client & AsyncDisposable> {
    const client = new Client({ connectionString: url })
    await client.connect()
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
  }

  const waitingFor = async (url: string): Promise<number> => {
    await using client = await connect(url)
    const { rows } = await client.query(
      `select from pg_locks where locktype = 'advisory' and objid = ${postgresMigrationLock} and not granted`,
    )
    return rows.length
  }

  it.each([
    ['node', openNode],
    ['server by itself', (url: string) => openPostgresStore(url, { keyDirectory })],
  ])('a %s that waited while steps were taken hears which version is needed', async (_, open) => {
    const url = await makeDatabase()
    await using later = await connect(url)
    await later.query(`begin; select pg_advisory_xact_lock(${postgresMigrationLock})`)
    const opening = open(url).then(
      () => 'it serves',
      (error: unknown) => String(error),
    )
    await expect.poll(() => waitingFor(url)).toBe(1)
    await later.query(`${takeStep}; commit`)
    expect(await opening).toContain(refusal)
  })

  it('a node does not join when steps were taken since it looked', async () => {
    const url = await makeDatabase()
    await using node = await openNode(url)
    await using later = await connect(url)
    await later.query(takeStep)
    await expect(node.transact(async () => 'joined')).rejects.toThrow(refusal)
  })

  it('a node does not join while steps are taken, and nobody begins to take any while it does', async () => {
    const url = await makeDatabase()
    await using node = await openNode(url)
    await using later = await connect(url)
    const isFree = async () => {
      const { rows } = await later.query<{ isFree: boolean }>(
        `select pg_try_advisory_xact_lock(${postgresMigrationLock}) as "isFree"`,
      )
      return rows[0]?.isFree
    }
    let whileJoining: boolean | undefined
    await node.transact(async () => void (whileJoining = await isFree()))
    expect([whileJoining, await isFree()]).toEqual([false, true])
    await later.query(`begin; select pg_advisory_xact_lock(${postgresMigrationLock})`)
    const joining = node.transact(async () => 'joined')
    await expect.poll(() => waitingFor(url)).toBe(1)
    await later.query('commit')
    expect(await joining).toBe('joined')
  })
})
