/** What the page Live shows, as its address says. */
import type { JournalEntry } from '../../api/events.ts'
import type { OwnQuery } from '../../api/own-path.ts'
import { endsOf, ownRange, ranges, type RangeSearch } from '../../kit/time-range.ts'

export interface LiveSearch extends RangeSearch {
  /** Anywhere in an entry. */
  q?: string
  /** Reasons, with a comma between. */
  code?: string
  level?: string
  ca?: string
  address?: string
  /** `device`: the entries of each together. */
  by?: string
}

export const codesOf = ({ code }: LiveSearch): string[] => (code ? code.split(',') : [])

/** What is asked of the journal; `q` is looked for here. `now` in epoch milliseconds. */
export function toQuery(search: LiveSearch, now: number): OwnQuery {
  const { level, ca, address } = search
  const given = {
    code: codesOf(search),
    level,
    caCertificateId: ca,
    address,
    ...endsOf(search, now),
  }
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  )
}

/** Whether entries that are yet to come are asked for. */
export const isOpen = ({ range, before }: LiveSearch): boolean => range !== ownRange || !before

interface Passing {
  /** Of reason codes; nothing of one that is not known. */
  levelOf: (code: string) => string | undefined
  now: number
}

/** The same as the journal is asked for, of entries as they come; and `q`. */
export function passes(entry: JournalEntry, search: LiveSearch, { levelOf, now }: Passing): boolean {
  const { q = '', level, ca, address, range = '', after, before } = search
  const codes = codesOf(search)
  const at = Date.parse(entry.at)
  const ms = ranges[range]?.ms
  const isOwn = range === ownRange
  return (
    (codes.length === 0 || codes.includes(entry.code)) &&
    (!level || (levelOf(entry.code) ?? level) === level) &&
    (!ca || (entry.caCertificateId ?? entry.details?.['ca']) === ca) &&
    (!address || entry.sourceIp === address) &&
    (ms === undefined || at >= now - ms) &&
    !(isOwn && after && at < Date.parse(after)) &&
    !(isOwn && before && at >= Date.parse(before)) &&
    (q === '' || JSON.stringify(entry).toLowerCase().includes(q.toLowerCase()))
  )
}
