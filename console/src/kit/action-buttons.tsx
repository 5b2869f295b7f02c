import SpaceBetween from '@cloudscape-design/components/space-between'
import { ActionButton } from './action-button.tsx'
import type { Action } from './action.ts'

/** What can be done with the resource of a page, each a button. */
export const ActionButtons = ({ actions }: { actions: readonly Action[] }) => (
  <SpaceBetween direction="horizontal" size="xs">
    {actions.map((action) => (
      <ActionButton key={action.label} {...action} />
    ))}
  </SpaceBetween>
)
