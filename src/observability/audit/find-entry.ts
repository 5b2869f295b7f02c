import type { Db } from '../../store/index.ts'
import type { ChainName } from './chain.ts'
import { fromLine, type StoredEntry } from './entry.ts'
import { linesOf } from './block.ts'
import { listBlocksBefore, listChains } from './store.ts'

/** The one at the place that `choose` finds among the chains of an account. */
export async function findEntry(
  db: Db,
  accountId: string,
  choose: (chains: readonly ChainName[]) => { chain: string; seq: number } | undefined,
): Promise<StoredEntry | undefined> {
  const rows = await listChains(db, accountId)
  const place = choose(rows.map(({ chain }) => ({ accountId, chain })))
  if (!place) return undefined
  const { chain, seq } = place
  const [block] = await listBlocksBefore(db, { accountId, chain }, { end: seq + 1, limit: 1 })
  const line = block && linesOf(block)[seq - block.first_seq]
  return line === undefined ? undefined : { ...fromLine(line), accountId, chain, seq }
}
