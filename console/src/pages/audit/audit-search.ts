/** What the page Audit shows, as its address says. */
import type { OperationCall } from '../../api/operation-call.ts'
import { endsOf, type RangeSearch } from '../../kit/time-range.ts'
import { outcomeOf, type AuditEvent } from './audit-event.ts'

export interface AuditSearch extends RangeSearch {
  user?: string
  event?: string
  /** A name, or an ARN. */
  resource?: string
  /** `all` or `reads`; absent: what changes something, as CloudTrail's own page begins. */
  calls?: string
  outcome?: string
}

const kinds: Readonly<Record<string, string>> = { reads: 'true', all: '' }

/** The attributes that are asked for, the rarest first. */
const attributesOf = ({ resource, user, event, calls = '' }: AuditSearch): [key: string, value: string][] =>
  Object.entries({
    ResourceName: resource,
    Username: user,
    EventName: event,
    ReadOnly: kinds[calls] ?? 'false',
  }).flatMap(([key, value]): [string, string][] => (value ? [[key, value]] : []))

const timeForm = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/

/** `NaN` for what is none. */
const msOf = (text: string): number => (timeForm.test(text) ? Date.parse(text) : Number.NaN)

/** @throws {Error} that names the member */
function secondsOf(member: string, text: string): number {
  const ms = msOf(text)
  if (Number.isNaN(ms)) throw new Error(`${member} must be a time like 2026-01-31T12:00Z, got "${text}"`)
  return ms / 1000
}

/** @throws {Error} for a range of one's own that is none */
function timesOf(search: RangeSearch, now: number) {
  const { after, before } = endsOf(search, now)
  return {
    ...(after && { StartTime: secondsOf('after', after) }),
    ...(before && { EndTime: secondsOf('before', before) }),
  }
}

/**
 * LookupEvents takes one attribute: the others are looked for in what it answers. `now` in epoch milliseconds.
 * @throws {Error} for a range of one's own that is none
 */
export function toLookup(search: AuditSearch, now: number): OperationCall {
  const [first] = attributesOf(search)
  return {
    service: 'cloudtrail',
    operation: 'LookupEvents',
    input: {
      ...(first && { LookupAttributes: [{ AttributeKey: first[0], AttributeValue: first[1] }] }),
      ...timesOf(search, now),
      MaxResults: 50,
    },
  }
}

const valuesOf = ({ ReadOnly, Username, EventName, Resources = [] }: AuditEvent) => ({
  ResourceName: Resources.map(({ ResourceName }) => ResourceName),
  Username: [Username],
  EventName: [EventName],
  ReadOnly: [ReadOnly],
})

/** What the call was not asked for; the first attribute has been, also where it was given as an ARN. */
export function passes(event: AuditEvent, search: AuditSearch): boolean {
  const values: Record<string, readonly (string | undefined)[]> = valuesOf(event)
  const isWanted = attributesOf(search)
    .slice(1)
    .every(([key, value]) => values[key]?.includes(value))
  return isWanted && (!search.outcome || outcomeOf(event) === search.outcome)
}

/** The same times for the command that exports all calls. */
export function exportLine(search: AuditSearch, now: number): string {
  const options = Object.entries(endsOf(search, now)).flatMap(([name, value]) =>
    value && !Number.isNaN(msOf(value)) ? [`--${name} ${value}`] : [],
  )
  return ['npx muster audit export', ...options].join(' ')
}
