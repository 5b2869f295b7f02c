/** Pages of events. A page ends at its limit, at 1 MB, or when much was searched; the last two leave it partly full. */
import { inPieces } from '../../../lib/turn-of-others.ts'
import type { Db } from '../../../store/index.ts'
import { streamNames } from '../storage/stream-store.ts'
import type { EventPosition, PageToken } from './position.ts'
import { listEvents, type EventRange, type StoredEvent } from './store.ts'

export interface NamedEvent extends StoredEvent {
  logStreamName: string
}

export interface ReadRequest extends Omit<EventRange, 'beyond'> {
  /** Where the last page ended; the end of the range that reading begins at, when absent. */
  beyond?: EventPosition | undefined
  /** All events when absent. */
  matches?: ((event: NamedEvent) => boolean) | undefined
}

export interface EventPage {
  /** In the direction of reading. */
  events: NamedEvent[]
  /** Where the next page begins; absent when there is nothing further. */
  next?: EventPosition
}

const eventsAQuery = 200
const maxPageBytes = 1_048_576
const maxSearchedEvents = 20_000

const beginning: EventPosition = { timestamp: 0, eventId: 0 }
const end: EventPosition = { timestamp: Number.MAX_SAFE_INTEGER - 1, eventId: Number.MAX_SAFE_INTEGER }

/** Lets other work go on between its queries. */
export async function readEvents(db: Db, request: ReadRequest): Promise<EventPage> {
  const names = new Map<number, string>()
  const pause = inPieces()
  const page: { events: NamedEvent[]; bytes: number } = { events: [], bytes: 0 }
  let beyond = request.beyond ?? (request.direction === 'forward' ? beginning : end)
  for (let searched = 0; searched < maxSearchedEvents; searched += eventsAQuery) {
    await pause()
    const found = await listEvents(db, { ...request, beyond, limit: eventsAQuery })
    await addNames(db, { accountId: request.of.accountId, found, names })
    for (const event of found) {
      const named = { ...event, logStreamName: names.get(event.logStreamId) ?? '' }
      if (isShown(named, request)) {
        if (page.events.length > 0 && page.bytes + event.bytes > maxPageBytes)
          return { events: page.events, next: beyond }
        page.events.push(named)
        page.bytes += event.bytes
      }
      beyond = event
      if (page.events.length === request.limit) return { events: page.events, next: beyond }
    }
    if (found.length < eventsAQuery) return { events: page.events }
  }
  return { events: page.events, next: beyond }
}

/** Events of deleted streams are there until they are pruned. */
function isShown(event: NamedEvent, { matches }: ReadRequest): boolean {
  return event.logStreamName !== '' && (matches === undefined || matches(event))
}

async function addNames(
  db: Db,
  {
    accountId,
    found,
    names,
  }: { accountId: string; found: readonly StoredEvent[]; names: Map<number, string> },
): Promise<void> {
  const ids = new Set(found.map(({ logStreamId }) => logStreamId).filter((id) => !names.has(id)))
  for (const [id, name] of await streamNames(db, accountId, [...ids])) names.set(id, name)
}

/**
 * Pure. The tokens on both sides of a page. One that is used again gives what has come in since; at the end of the
 * stream it is the token that was given, which is how a client knows.
 */
export function decideTokens(
  page: readonly EventPosition[],
  given: PageToken,
): { forward: PageToken; backward: PageToken } {
  const first = page[0]
  const last = page.at(-1)
  if (first && last)
    return {
      forward: { direction: 'forward', position: last },
      backward: { direction: 'backward', position: first },
    }
  const { timestamp, eventId } = given.position
  if (given.direction === 'forward')
    return {
      forward: given,
      backward: { direction: 'backward', position: { timestamp, eventId: eventId + 1 } },
    }
  const position = { timestamp, eventId: Math.max(0, eventId - 1) }
  return { forward: { direction: 'forward', position }, backward: given }
}

/** The token of a first request: it matters only when the stream is empty. */
export const firstToken = (direction: PageToken['direction']): PageToken => ({
  direction,
  position: direction === 'forward' ? beginning : { timestamp: 0, eventId: 1 },
})
