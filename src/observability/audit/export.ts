/** All entries, the oldest of each chain first. */
import type { Db } from '../../store/index.ts'
import { fromLine, type StoredEntry } from './entry.ts'
import { linesOf } from './block.ts'
import { findBlockSince, listAllChains, listBlocksFrom } from './store.ts'

const blocksAtOnce = 8

/** Those of `after` and later, and before `before`. */
export async function* exportEntries(
  db: Db,
  { after, before }: { after?: Date | undefined; before?: Date | undefined },
): AsyncGenerator<StoredEntry> {
  for (const row of await listAllChains(db)) {
    const name = { accountId: row.account_id, chain: row.chain }
    const first = after && (await findBlockSince(db, name, after.getTime()))
    if (after && !first) continue
    for (let from = first?.first_seq ?? 0; ;) {
      const blocks = await listBlocksFrom(db, name, { from, limit: blocksAtOnce })
      const last = blocks.at(-1)
      if (!last) break
      from = last.first_seq + 1
      for (const block of blocks)
        for (const [place, line] of linesOf(block).entries()) {
          const entry = { ...fromLine(line), ...name, seq: block.first_seq + place }
          if (after && entry.at < after.getTime()) continue
          if (before && entry.at >= before.getTime()) continue
          yield entry
        }
    }
  }
}
