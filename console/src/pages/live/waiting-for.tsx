import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Box from '@cloudscape-design/components/box'
import { useEffect, useState } from 'react'
import { followJournal, type JournalEntry } from '../../api/events.ts'
import { PageLink } from '../../kit/page-link.tsx'
import { Reason, useReasons } from '../../kit/reason.tsx'
import { showTime } from '../../kit/time.ts'

const maxShown = 5

/** What is decided about one device from now on, the newest first. */
function useDecisions(isAbout: (entry: JournalEntry) => boolean, key: string) {
  const [entries, setEntries] = useState<readonly JournalEntry[]>([])
  useEffect(() => {
    const ending = new AbortController()
    const onEntries = (added: readonly JournalEntry[]) => {
      const wanted = added.filter(isAbout)
      if (wanted.length > 0) setEntries((before) => [...wanted.toReversed(), ...before].slice(0, maxShown))
    }
    void followJournal({ onEntries, onState: () => {} }, undefined, ending.signal)
    return () => ending.abort()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key says which device it is about
  }, [key])
  return entries
}

/** The verdict on a device as soon as it comes: that of a certificate, or of the first one of a CA. */
export function WaitingFor({ subject }: { subject: string }) {
  const reasons = useReasons()
  const entries = useDecisions(
    ({ certificateId, caCertificateId }) => certificateId === subject || caCertificateId === subject,
    subject,
  )
  const [last] = entries
  const isRefused = last !== undefined && reasons[last.code]?.level === 'warn'
  return (
    <Container header={<Header variant="h2">Waiting for it</Header>}>
      <SpaceBetween size="s">
        {last === undefined ? (
          <StatusIndicator type="loading">
            <span className="words">It has not come yet. This page hears of it at once.</span>
          </StatusIndicator>
        ) : (
          <StatusIndicator type={isRefused ? 'error' : 'success'}>
            <span className="words">{reasons[last.code]?.meaning ?? last.code}</span>
          </StatusIndicator>
        )}
        {entries.map((entry) => (
          <Box key={entry.entryId}>
            {showTime(entry.at)} <Reason code={entry.code} />
          </Box>
        ))}
        {isRefused ? (
          <PageLink href={`/explain?subject=${encodeURIComponent(last.certificateId ?? subject)}`}>
            Why, and what to change
          </PageLink>
        ) : null}
      </SpaceBetween>
    </Container>
  )
}
