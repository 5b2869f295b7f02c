import { useEffect, useRef, useState } from 'react'
import { getOwn } from '../../api/call.ts'
import { followJournal, type JournalEntry } from '../../api/events.ts'

const maxKept = 5000
const maxBefore = 200

/** The newest entries first: what was there before, then what comes. Shown at most ten times a second. */
export function useFeed() {
  const [entries, setEntries] = useState<readonly JournalEntry[]>([])
  const [state, setState] = useState<'connected' | 'broken'>('broken')
  const [isPaused, setPaused] = useState(false)
  const all = useRef<readonly JournalEntry[]>([])
  const paused = useRef(false)
  paused.current = isPaused
  useEffect(() => {
    const ending = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = () => {
      timer = undefined
      if (!paused.current) setEntries(all.current)
    }
    const onEntries = (added: readonly JournalEntry[]) => {
      all.current = [...added.toReversed(), ...all.current].slice(0, maxKept)
      timer ??= setTimeout(show, 100)
    }
    const follow = async () => {
      const { entries: before } = await getOwn<{ entries: JournalEntry[] }>('journal', {
        limit: String(maxBefore),
      })
      onEntries(before)
      await followJournal({ onEntries, onState: setState }, before.at(-1)?.entryId, ending.signal)
    }
    void follow().catch(() => setState('broken'))
    return () => {
      ending.abort()
      clearTimeout(timer)
    }
  }, [])
  useEffect(() => {
    if (!isPaused) setEntries(all.current)
  }, [isPaused])
  return { entries, state, isPaused, setPaused }
}
