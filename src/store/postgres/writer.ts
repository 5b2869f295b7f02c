/** The one connection that writes. It holds the database for this server, and is made anew when it is lost. */
import type { Duplex } from 'node:stream'
import { Client, type ClientBase, type ClientConfig, type QueryConfig, type QueryResult } from 'pg'
import { postgresServerLock } from './locks.ts'

export interface WriterOptions {
  connection: ClientConfig
  /** Told of a connection that broke; the next transaction makes another. */
  onLost: (error: unknown) => void
  /** For a node of a cluster: others may hold the database with it, no server by itself. */
  isShared?: boolean
}

/** The driver's own way of ending waits for an answer, which a database that is away does not give. */
export function breakConnection(client: ClientBase): void {
  const { connection } = client as unknown as { connection: { stream: Duplex } }
  connection.stream.destroy()
}

export class PostgresWriter implements AsyncDisposable {
  readonly #options: WriterOptions
  #client: Client | undefined
  /** Statements that go with the next one, to save ways to the database. */
  #first: string[] = []

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** @throws {Error} for a person when another server holds the database */
  async connect(): Promise<void> {
    if (this.#client) return
    const client = new Client(this.#options.connection)
    client.on('error', (error) => {
      if (this.#client !== client) return
      this.#client = undefined
      this.#options.onLost(error)
    })
    await client.connect()
    try {
      await this.#hold(client)
    } catch (error) {
      await client.end()
      throw error
    }
    this.#client = client
  }

  async #hold(client: Client): Promise<void> {
    const { isShared = false } = this.#options
    const lock = isShared ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock'
    const { rows } = await client.query<{ held: boolean }>(`select ${lock}(${postgresServerLock}) as held`)
    if (rows[0]?.held === true) return
    const hint = isShared ? '; a server by itself, without --nats, lets no node beside it' : ''
    throw new Error(`another Muster server is using the database; stop it, or choose another database${hint}`)
  }

  async query(query: QueryConfig): Promise<QueryResult> {
    if (this.#first.length > 0) await this.#flush()
    return await this.#connected().query(query)
  }

  /** Of Muster's own housekeeping, past Kysely. */
  async ask<Row extends object>(text: string): Promise<Row[]> {
    return (await this.#connected().query<Row>(text)).rows
  }

  /** As `ask`, for several statements at once: what the last of them gave. */
  async askLast<Row extends object>(text: string): Promise<Row[]> {
    const results = (await this.#connected().query<Row>(text)) as unknown as QueryResult<Row>[]
    return results.at(-1)?.rows ?? []
  }

  /** Runs it with the next query. */
  defer(statement: string): void {
    this.#first.push(statement)
  }

  /** Runs it, and what was put off. */
  async run(statement: string): Promise<void> {
    this.defer(statement)
    await this.#flush()
  }

  /** After a batch that failed: nothing of it is left, whatever state the connection is in. */
  async reset(): Promise<void> {
    this.#first = []
    await this.#client?.query('rollback')
  }

  /** Whatever is under way fails. */
  destroy(): void {
    if (this.#client) breakConnection(this.#client)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  async #flush(): Promise<void> {
    const statements = this.#first.join('; ')
    this.#first = []
    await this.#connected().query(statements)
  }

  #connected(): Client {
    if (this.#client) return this.#client
    throw new Error('the connection to the database was lost')
  }
}
