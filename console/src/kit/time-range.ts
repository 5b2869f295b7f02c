/** A range of time as an address says it: one of the usual ones, or one of one's own. */
export interface RangeSearch {
  /** One of `ranges`. */
  range?: string
  /** Of a range of one's own. */
  after?: string
  before?: string
}

export const ownRange = 'own'

export const ranges: Readonly<Record<string, { label: string; ms?: number }>> = {
  '15m': { label: '15 minutes', ms: 900_000 },
  '1h': { label: '1 hour', ms: 3_600_000 },
  '24h': { label: '24 hours', ms: 86_400_000 },
  [ownRange]: { label: 'From and until' },
}

/** Both ends as text, as far as they are bound. `now` in epoch milliseconds. */
export function endsOf({ range = '', after, before }: RangeSearch, now: number) {
  const ms = ranges[range]?.ms
  if (ms !== undefined) return { after: new Date(now - ms).toISOString() }
  return range === ownRange ? { after, before } : {}
}

/** As commands are shown, and calls are made: the same for a while. */
export const minute = () => Math.floor(Date.now() / 60_000) * 60_000
