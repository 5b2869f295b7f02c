import { useEffect, useRef, useState } from 'react'
import { getOwn } from '../../api/call.ts'
import { followJournal, type JournalEntry } from '../../api/events.ts'
import { isOpen, toQuery, type LiveSearch } from './live-search.ts'

const maxKept = 5000
const entriesAPage = 200

interface Page {
  entries: JournalEntry[]
  nextMarker?: string
}

const askFor = (search: LiveSearch, marker?: string) =>
  getOwn<Page>('journal', {
    ...toQuery(search, Date.now()),
    limit: String(entriesAPage),
    ...(marker !== undefined && { marker }),
  })

/** Where to go on: what is written now is on the page that is asked for next. */
async function findNewest(): Promise<number> {
  const { entries } = await getOwn<Page>('journal', { limit: '1' })
  return entries.at(-1)?.entryId ?? 0
}

/** What the page before has too is left out. */
const joined = (newer: readonly JournalEntry[], older: readonly JournalEntry[]) => {
  const oldest = newer.at(-1)?.entryId ?? Infinity
  return [...newer, ...older.filter(({ entryId }) => entryId < oldest)]
}

export type FeedState = 'connected' | 'broken' | 'ended'

interface Listening {
  onPage: (page: Page) => void
  onEntries: (entries: readonly JournalEntry[]) => void
  onState: (state: FeedState) => void
  onError: (error: unknown) => void
}

/** What there is, then what comes, where the range of time is open. */
function follow(search: LiveSearch, { onPage, onEntries, onState, onError }: Listening): AbortController {
  const ending = new AbortController()
  const run = async () => {
    const newest = await findNewest()
    const page = await askFor(search)
    if (ending.signal.aborted) return
    onPage(page)
    if (isOpen(search)) await followJournal({ onEntries, onState }, newest, ending.signal)
    else onState('ended')
  }
  void run().catch((error: unknown) => {
    if (ending.signal.aborted) return
    onState('broken')
    onError(error)
  })
  return ending
}

/** Entries, of which the newest are kept; shown at most ten times a second, and not while it is paused. */
function useKept(isPaused: boolean) {
  const [entries, setEntries] = useState<readonly JournalEntry[]>([])
  const all = useRef<readonly JournalEntry[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const paused = useRef(isPaused)
  paused.current = isPaused
  useEffect(() => {
    if (!isPaused) setEntries(all.current)
  }, [isPaused])
  const show = () => {
    timer.current = undefined
    if (!paused.current) setEntries(all.current)
  }
  const keep = (kept: readonly JournalEntry[]) => {
    all.current = kept
    timer.current ??= setTimeout(show, 100)
  }
  return { entries, all, keep }
}

/**
 * The newest entries first: what was there before, as far as the journal was asked for it, then whatever comes. `search`:
 * what of it the journal is asked for; another one begins anew. `isWanted` tells the same of an entry that comes.
 */
export function useFeed(search: LiveSearch, isWanted: (entry: JournalEntry) => boolean) {
  const [state, setState] = useState<FeedState>('broken')
  const [error, setError] = useState<unknown>()
  const [isPaused, setPaused] = useState(false)
  const [marker, setMarker] = useState<string>()
  const { entries, all, keep } = useKept(isPaused)
  const wanted = useRef(isWanted)
  wanted.current = isWanted
  const key = JSON.stringify(search)
  const asked = useRef(key)
  asked.current = key
  useEffect(() => {
    setError(undefined)
    const onPage = (page: Page) => {
      keep(page.entries.toReversed())
      setMarker(page.nextMarker)
    }
    const onEntries = (added: readonly JournalEntry[]) => {
      const grown = joined(added.filter((entry) => wanted.current(entry)).toReversed(), all.current)
      keep(grown.slice(0, maxKept))
      if (grown.length > maxKept) setMarker(String(all.current.at(-1)?.entryId))
    }
    const following = follow(search, { onPage, onEntries, onState: setState, onError: setError })
    return () => following.abort()
  }, [key])
  const loadOlder = async () => {
    const page = await askFor(search, marker)
    if (asked.current !== key) return // of another search
    keep(joined(all.current, page.entries.toReversed()))
    setMarker(page.nextMarker)
  }
  return { entries, state, error, isPaused, setPaused, hasOlder: marker !== undefined, loadOlder }
}
