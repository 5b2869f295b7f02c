/**
 * A block with so many entries is left as it is. Whoever asks about one device reads a block for each entry: this is some 13 KB, four
 * pages of the database.
 */
export const fullBlock = 64

/** Smaller ones wait for as many of their size before they become one, so that no entry is written again often. */
const fanIn = 8
const tiers = [fanIn]

/**
 * How many of the newest blocks one of `added` entries is joined with. `sizes` are those of the blocks behind the last
 * full one, the oldest first; they stay few, and below a full one together.
 */
export function countToJoin(sizes: readonly number[], added: number): number {
  const total = sizes.reduce((sum, size) => sum + size, added)
  if (total >= fullBlock) return sizes.length
  for (const bound of tiers) {
    const larger = sizes.findLastIndex((size) => size >= bound)
    const run = sizes.length - 1 - larger
    if (added < bound && run + 1 >= fanIn) return run
  }
  return 0
}
