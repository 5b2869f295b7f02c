/** A table, a page at a time. */
import { turnOfOthers } from '../../lib/turn-of-others.ts'

/** How many rows are in memory at a time. */
const rowsAPage = 1000

/** `list` gives so many rows that come after one, in its order; `first` comes before all. */
export async function* readPages<Place, Row extends Place>(
  first: Place,
  list: (after: Place, limit: number) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  let after: Place = first
  for (;;) {
    const page = await list(after, rowsAPage)
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < rowsAPage) return
    after = last
    await turnOfOthers()
  }
}
