import { asOwner } from '../../helpers/postgres/databases.ts'

export async function query<Row extends object>(database: string, text: string): Promise<Row[]> {
  let rows: Row[] = []
  await asOwner(database, async (client) => void ({ rows } = await client.query<Row>(text)))
  return rows
}
