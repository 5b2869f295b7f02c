import type { JournalEntry } from '../../api/events.ts'
import { PageLink } from '../../kit/page-link.tsx'
import { Reason } from '../../kit/reason.tsx'
import { shown } from '../../kit/shown.ts'
import { Time } from '../../kit/time-cell.tsx'
import { subjectOf } from './subject.ts'

function nameOf({ thingName, clientId, certificateId }: JournalEntry): string {
  return thingName ?? clientId ?? (certificateId === undefined ? '' : `${certificateId.slice(0, 12)}…`)
}

function Device({ entry }: { entry: JournalEntry }) {
  const subject = subjectOf(entry)
  if (subject === undefined) return '–'
  return <PageLink href={`/explain?subject=${encodeURIComponent(subject)}`}>{shown(nameOf(entry))}</PageLink>
}

const details = ({ details: facts = {} }: JournalEntry) =>
  Object.entries(facts)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(' · ')

export const entryColumns = [
  {
    id: 'at',
    header: 'Time',
    cell: (entry: JournalEntry) => <Time at={entry.at} />,
  },
  {
    id: 'code',
    header: 'What happened',
    cell: (entry: JournalEntry) => <Reason code={entry.code} />,
  },
  { id: 'device', header: 'Device', cell: (entry: JournalEntry) => <Device entry={entry} /> },
  { id: 'address', header: 'From', cell: (entry: JournalEntry) => shown(entry.sourceIp ?? '–') },
  {
    id: 'details',
    header: 'Details',
    cell: (entry: JournalEntry) => <span className="anywhere">{shown(details(entry)) || '–'}</span>,
  },
]
