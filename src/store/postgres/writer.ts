/** The one connection that writes. It holds the database for this server, and is made anew when it is lost. */
import { Client, type ClientConfig, type QueryConfig, type QueryResult } from 'pg'

/** Any number that nobody else takes: who holds this lock in a database is the server of it. */
const serverLock = 0x6d757374

export interface WriterOptions {
  connection: ClientConfig
  /** Told of a connection that broke; the next transaction makes another. */
  onLost: (error: unknown) => void
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
      const { rows } = await client.query<{ held: boolean }>(
        `select pg_try_advisory_lock(${serverLock}) as held`,
      )
      if (rows[0]?.held !== true)
        throw new Error('another Muster server is using the database; stop it, or choose another database')
    } catch (error) {
      await client.end()
      throw error
    }
    this.#client = client
  }

  async query(query: QueryConfig): Promise<QueryResult> {
    if (this.#first.length > 0) await this.#flush()
    return await this.#connected().query(query)
  }

  /** Of Muster's own housekeeping, past Kysely. */
  async ask<Row extends object>(text: string): Promise<Row[]> {
    return (await this.#connected().query<Row>(text)).rows
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
