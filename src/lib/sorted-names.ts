/**
 * Names in their order, for pages of a set that grows and shrinks all the time: adding, deleting, and finding where a
 * page begins cost about as much as a binary search, however many there are. Ordered by UTF-16 code units.
 */
export class SortedNames {
  /** None is empty, except when there are no names. */
  readonly #chunks: string[][] = [[]]
  readonly #maxChunk: number

  /** `maxChunk` names lie in one array at most, so no more are ever moved. */
  constructor(maxChunk = 512) {
    this.#maxChunk = maxChunk
  }

  add(name: string): void {
    const at = this.#chunkOf(name)
    const chunk = this.#chunks[at] ?? []
    const index = lowerBound(chunk, name)
    if (chunk[index] === name) return
    chunk.splice(index, 0, name)
    if (chunk.length > this.#maxChunk) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1))
  }

  delete(name: string): void {
    const at = this.#chunkOf(name)
    const chunk = this.#chunks[at] ?? []
    const index = lowerBound(chunk, name)
    if (chunk[index] !== name) return
    chunk.splice(index, 1)
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1)
  }

  /** At most `limit` that begin with `prefix`, after `after`. */
  list({
    prefix,
    after = '',
    limit,
  }: {
    prefix: string
    after?: string | undefined
    limit: number
  }): string[] {
    const found: string[] = []
    const from = after > prefix ? after : prefix
    let at = this.#chunkOf(from)
    let index = lowerBound(this.#chunks[at] ?? [], from)
    for (; at < this.#chunks.length; at++, index = 0)
      for (const name of (this.#chunks[at] ?? []).slice(index)) {
        if (found.length === limit || !name.startsWith(prefix)) return found
        if (name !== after) found.push(name)
      }
    return found
  }

  /** The last one that begins with a name that is not above, or the first. */
  #chunkOf(name: string): number {
    let [low, high] = [0, this.#chunks.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#chunks[middle]?.[0] ?? '') <= name) low = middle
      else high = middle
    }
    return low
  }
}

/** The index of the first that is not below `name`. */
function lowerBound(names: readonly string[], name: string): number {
  let [low, high] = [0, names.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((names[middle] ?? '') < name) low = middle + 1
    else high = middle
  }
  return low
}
