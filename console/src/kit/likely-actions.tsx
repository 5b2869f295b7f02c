import SpaceBetween from '@cloudscape-design/components/space-between'
import { ActionButton } from './action-button.tsx'
import { ActionsMenu } from './actions-menu.tsx'
import type { Action } from './action.ts'

/** Every action in the menu; those that can be done now, and undone again, as buttons too. */
export function LikelyActions({ actions }: { actions: readonly Action[] }) {
  const isLikely = (action: Action) =>
    'operation' in action && action.typed === undefined && action.disabledReason === undefined
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {actions.filter(isLikely).map((action) => (
        <ActionButton key={action.label} {...action} />
      ))}
      <ActionsMenu actions={actions} />
    </SpaceBetween>
  )
}
