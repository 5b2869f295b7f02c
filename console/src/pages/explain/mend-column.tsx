import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { getSession } from '../../api/call.ts'
import type { JournalEntry } from '../../api/events.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { remediesFor } from './remedies.ts'

/** What would let the device in, beside its refusal: for those, too, that were refused before they had a name. */
function Mend({ entry }: { entry: JournalEntry }) {
  const { data: session } = useQuery({ queryKey: ['session'], queryFn: getSession })
  const actions = session ? remediesFor(entry, session) : []
  if (actions.length === 0) return '–'
  return (
    <SpaceBetween size="xxs">
      {actions.map((action) => (
        <ActionButton key={action.label} variant="inline-link" {...action} />
      ))}
    </SpaceBetween>
  )
}

export const mendColumn = {
  id: 'mend',
  header: 'What to do',
  cell: (entry: JournalEntry) => <Mend entry={entry} />,
}
