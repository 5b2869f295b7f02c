/**
 * What SQLite is told about the sizes of tables, so that each query takes the same index however many rows there are
 * and however old the data directory is. Without it SQLite takes an account to have ten rows and goes through all of
 * them where it could go straight to one. The numbers are made up from the indexes alone, never counted.
 * Format: sqlite.org/fileformat2.html#stat1tab
 */
import type { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'

/** Each account has many of everything. */
const rowsInAccount = 1_000_000
const rowsInTable = 10 * rowsInAccount
/** With the same value in the column behind the account, times ten. */
const rowsOfOne = 10_000

interface Index {
  table: string
  name: string
  isUnique: boolean
  columns: string[]
}

interface StatisticsRow {
  tbl: string
  idx: string
  stat: string
}

/** Call it when the schema is up to date. Connections that are opened afterwards know it too. */
export function keepStatistics(database: DatabaseSync): void {
  const wanted = listIndexes(database).map(toRow)
  if (isDeepStrictEqual(readStatistics(database), wanted)) return
  database.exec('begin immediate; analyze sqlite_schema; analyze kysely_migration') // makes the tables it needs
  for (const table of statisticsTables(database)) database.exec(`delete from ${table}`)
  const insert = database.prepare('insert into sqlite_stat1 (tbl, idx, stat) values (?, ?, ?)')
  for (const { tbl, idx, stat } of wanted) insert.run(tbl, idx, stat)
  database.exec('commit; analyze sqlite_schema') // reads them
}

/** The account tells little; each column behind it leaves fewer rows, as many in every index; all of a unique one leave one. */
function toRow({ table, name, isUnique, columns }: Index): StatisticsRow {
  const rows = columns.map((column, place) => {
    if (isUnique && place === columns.length - 1) return 1
    return column === 'account_id' ? rowsInAccount : Math.max(rowsOfOne / 10 ** place, 10)
  })
  // no skipping of a column that is not given: an account has as many things as there are
  return { tbl: table, idx: name, stat: [rowsInTable, ...rows, 'noskipscan'].join(' ') }
}

function listIndexes(database: DatabaseSync): Index[] {
  const rows = database
    .prepare(
      `select t.name as "table", t.wr as isKeyed, i.name, i.origin, i."unique" as isUnique,
        (select group_concat(c.name) from pragma_index_info(i.name) as c) as columns
      from pragma_table_list as t join pragma_index_list(t.name) as i
      where t.schema = 'main' and t.name not like 'sqlite_%' order by t.name, i.name`,
    )
    .all() as {
    table: string
    isKeyed: number
    name: string
    origin: string
    isUnique: number
    columns: string
  }[]
  return rows.map(({ table, isKeyed, name, origin, isUnique, columns }) => ({
    table,
    name: isKeyed === 1 && origin === 'pk' ? table : name, // of a table without rowid, as SQLite wants it
    isUnique: isUnique === 1,
    columns: columns.split(','),
  }))
}

function readStatistics(database: DatabaseSync): StatisticsRow[] {
  if (!statisticsTables(database).includes('sqlite_stat1')) return []
  const rows = database.prepare('select tbl, idx, stat from sqlite_stat1 order by rowid').all()
  return rows.map(({ tbl, idx, stat }) => ({ tbl: String(tbl), idx: String(idx), stat: String(stat) }))
}

/** The others hold samples, which SQLite makes when somebody counts. */
function statisticsTables(database: DatabaseSync): string[] {
  const rows = database.prepare("select name from sqlite_schema where name like 'sqlite_stat%'").all()
  return rows.map(({ name }) => String(name))
}
