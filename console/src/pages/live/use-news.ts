import { useEffect, useRef } from 'react'
import { followJournal, type JournalEntry } from '../../api/events.ts'

const mentions = ({ certificateId, clientId, thingName }: JournalEntry, subject: string) =>
  certificateId === subject || clientId === subject || thingName === subject

/** Hears of each new decision about a device: the next try appears by itself. */
export function useNews(subject: string, onNews: () => void): void {
  const latest = useRef(onNews)
  latest.current = onNews
  useEffect(() => {
    if (subject === '') return undefined
    const ending = new AbortController()
    const onEntries = (entries: readonly JournalEntry[]) => {
      if (entries.some((entry) => mentions(entry, subject))) latest.current()
    }
    void followJournal({ onEntries, onState: () => {} }, undefined, ending.signal)
    return () => ending.abort()
  }, [subject])
}
