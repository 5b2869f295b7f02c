/** What was refused, by which statement or for want of which. */
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Copyable } from '../../kit/copyable.tsx'
import { shown } from '../../kit/shown.ts'
import type { Denial } from './guest.ts'

export function Denials({ denials, onDismiss }: { denials: readonly Denial[]; onDismiss: () => void }) {
  if (denials.length === 0) return null
  return (
    <Alert
      type="warning"
      header="Not allowed"
      dismissible
      dismissAriaLabel="Dismiss what was not allowed"
      onDismiss={onDismiss}
    >
      <SpaceBetween size="s">
        {denials.map(({ reason, decision, suggestion }) => (
          <div key={reason}>
            <Box>{shown(reason)}</Box>
            {decision === undefined ? null : <Box color="text-body-secondary">{shown(decision)}</Box>}
            {suggestion === undefined ? null : (
              <Box>
                This statement would grant it: <Copyable text={shown(suggestion)} what="the statement" />
              </Box>
            )}
          </div>
        ))}
      </SpaceBetween>
    </Alert>
  )
}
