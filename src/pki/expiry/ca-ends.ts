/** When the registered CAs end, for the metrics: a CA that ends takes all its devices with it. */
import type { Store } from '../../store/index.ts'
import { listCaEnds, type CaEnd, type CaEndsPage } from '../certificates/index.ts'

export type { CaEnd }

interface CaEnds {
  /** Of all accounts those that end first, the first first; at most 100. As of a minute ago at the earliest. */
  first: () => Promise<readonly CaEnd[]>
}

export interface CaEndsDeps {
  store: Pick<Store, 'read'>
  now: () => Date
}

const rememberMs = 60_000
const pageSize = 500
/** So many are looked at, that whoever asks waits for no more. */
const maxPages = 20
const maxShown = 100

/** Looks when it is asked: without anybody who asks it does nothing. */
export function openCaEnds({ store, now }: CaEndsDeps): CaEnds {
  let known: Promise<readonly CaEnd[]> = Promise.resolve([])
  let knownAt = Number.NEGATIVE_INFINITY
  return {
    first() {
      const at = now().getTime()
      if (at - knownAt < rememberMs && at >= knownAt) return known
      knownAt = at
      known = firstOf(store)
      known.catch(() => (knownAt = Number.NEGATIVE_INFINITY))
      return known
    },
  }
}

async function firstOf({ read }: CaEndsDeps['store']): Promise<CaEnd[]> {
  let first: CaEnd[] = []
  let after: CaEndsPage['next']
  for (let page = 0; page < maxPages; page += 1) {
    const { ends, next } = await listCaEnds(read, after, pageSize)
    first = [...first, ...ends].sort(byEnd).slice(0, maxShown)
    if (!next) break
    after = next
  }
  return first
}

const byEnd = (left: CaEnd, right: CaEnd) => left.notAfter.getTime() - right.notAfter.getTime()
