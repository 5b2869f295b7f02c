import { useInfiniteQuery } from '@tanstack/react-query'
import { call } from '../../api/call.ts'
import { minute } from '../../kit/time-range.ts'
import type { AuditEvent } from './audit-event.ts'
import { passes, toLookup, type AuditSearch } from './audit-search.ts'

interface Answer {
  Events?: AuditEvent[]
  NextToken?: string
}

/** Of what LookupEvents cannot be asked for, so many of its answers are read for one page. */
const mostAnswers = 10
const enough = 50

/** The newest first, page after page as a person asks for more. */
export const useEvents = (search: AuditSearch) =>
  useInfiniteQuery({
    queryKey: ['audit', search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => readPage(search, pageParam),
    getNextPageParam: ({ next }) => next,
    retry: false,
  })

async function readPage(search: AuditSearch, from: string | undefined) {
  const lookup = toLookup(search, minute())
  const events: AuditEvent[] = []
  let next = from
  for (let read = 0; read < mostAnswers && events.length < enough; read++) {
    const input = { ...lookup.input, ...(next !== undefined && { NextToken: next }) }
    const { Events = [], NextToken } = await call<Answer>({ ...lookup, input })
    events.push(...Events.filter((event) => passes(event, search)))
    next = NextToken
    if (next === undefined) break
  }
  return { events, next }
}
