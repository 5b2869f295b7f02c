/** Brings all that a SQLite database holds into a PostgreSQL database, and proves that it is all there. */
import { createHash } from 'node:crypto'
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { Client } from 'pg'
import { toParameter, valueTypes } from './values.ts'

interface Table {
  name: string
  columns: readonly string[]
  /** Columns of the primary key, in its order. */
  key: readonly string[]
}

export interface CopiedTable {
  name: string
  rows: number
}

const rowsAPage = 500
/** How many a statement of PostgreSQL takes. */
const maxParameters = 60_000

/**
 * What is there already stays, so it may be run again after it was stopped.
 * @throws {Error} naming the table whose rows are not the same afterwards
 */
export async function copyTables(
  source: DatabaseSync,
  target: Client,
  onTable: (table: CopiedTable) => void,
): Promise<void> {
  for (const table of tablesInOrder(source)) {
    const here = new Tally()
    for (const page of pagesOf(source, table)) {
      await insertPage(target, table, page)
      here.add(page)
    }
    const there = new Tally()
    for await (const page of copiedPagesOf(target, table)) there.add(page)
    if (there.rows !== here.rows || there.digest() !== here.digest())
      throw new Error(
        `the table ${table.name} is not the same in both: ${here.rows} rows here, ${there.rows} there; ` +
          'copy into a database that nobody has written to',
      )
    onTable({ name: table.name, rows: here.rows })
  }
}

/** Those that others name go first. */
function tablesInOrder(source: DatabaseSync): Table[] {
  const names = source
    .prepare("select name from sqlite_schema where type = 'table' order by name")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !/^(sqlite_|kysely_)/.test(name))
  const ordered: string[] = []
  const visit = (name: string) => {
    if (ordered.includes(name)) return
    const parents = source.prepare(`select "table" as parent from pragma_foreign_key_list(?)`).all(name)
    for (const { parent } of parents) if (parent !== name) visit(String(parent))
    ordered.push(name)
  }
  for (const name of names) visit(name)
  return ordered.map((name) => describeTable(source, name))
}

function describeTable(source: DatabaseSync, name: string): Table {
  const columns = source.prepare('select name, pk from pragma_table_info(?)').all(name)
  const key = columns
    .filter(({ pk }) => Number(pk) > 0)
    .toSorted((a, b) => Number(a['pk']) - Number(b['pk']))
    .map((column) => String(column['name']))
  return { name, columns: columns.map((column) => String(column['name'])), key }
}

type Row = readonly SQLOutputValue[]

const listOf = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')

/** In the order of the primary key, each page by where the one before ended. */
function* pagesOf(source: DatabaseSync, { name, columns, key }: Table): Iterable<readonly Row[]> {
  const begin = `select ${listOf(columns)} from "${name}"`
  const end = `order by ${listOf(key)} limit ${rowsAPage}`
  const first = source.prepare(`${begin} ${end}`)
  const next = source.prepare(`${begin} where (${listOf(key)}) > (${key.map(() => '?').join(', ')}) ${end}`)
  for (const statement of [first, next]) statement.setReturnArrays(true)
  const places = key.map((column) => columns.indexOf(column))
  let page = first.all() as unknown as Row[]
  while (page.length > 0) {
    yield page
    const last = page.at(-1) ?? []
    page = next.all(...places.map((place) => last[place] as SQLInputValue)) as unknown as Row[]
  }
}

async function insertPage(target: Client, { name, columns }: Table, page: readonly Row[]): Promise<void> {
  const rowsAStatement = Math.floor(maxParameters / columns.length)
  for (let from = 0; from < page.length; from += rowsAStatement) {
    const rows = page.slice(from, from + rowsAStatement)
    const values = rows.map(
      (_, row) => `(${columns.map((__, at) => `$${row * columns.length + at + 1}`).join(', ')})`,
    )
    const text = `insert into "${name}" (${listOf(columns)}) values ${values.join(', ')} on conflict do nothing`
    await target.query(text, rows.flat().map(toParameter))
  }
}

/** How many rows there are, and what they are: the same for both databases where their rows are. */
class Tally {
  rows = 0
  readonly #hash = createHash('sha256')

  add(page: readonly (readonly unknown[])[]): void {
    this.rows += page.length
    for (const row of page) for (const value of row) this.#addValue(value)
  }

  digest(): string {
    return this.#hash.digest('hex')
  }

  #addValue(value: unknown): void {
    if (value === null) this.#hash.update('n;')
    else if (value instanceof Uint8Array) this.#hash.update(`b${value.length};`).update(value)
    else {
      const text = String(value as string | number | bigint)
      this.#hash.update(`t${Buffer.byteLength(text)};${text}`)
    }
  }
}

/** As `pagesOf`. */
async function* copiedPagesOf(
  target: Client,
  { name, columns, key }: Table,
): AsyncIterable<readonly unknown[][]> {
  const places = key.map((column) => columns.indexOf(column))
  let after: readonly unknown[] = []
  for (;;) {
    const where =
      after.length > 0 ? `where (${listOf(key)}) > (${after.map((_, at) => `$${at + 1}`).join(', ')})` : ''
    const { rows } = await target.query<unknown[]>({
      text: `select ${listOf(columns)} from "${name}" ${where} order by ${listOf(key)} limit ${rowsAPage}`,
      values: after.map(toParameter),
      rowMode: 'array',
      types: valueTypes,
    })
    const last = rows.at(-1)
    if (!last) return
    yield rows
    after = places.map((place) => last[place])
  }
}
