import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import { useActions } from './action-dialog.tsx'
import { useOffered, type Action } from './action.ts'

interface ActionsMenuProps {
  actions: readonly Action[]
  label?: string
  /** Three dots; the label is for those who do not see them. */
  isIcon?: boolean
}

/** The menu "Actions" of a list or of a resource. */
export function ActionsMenu({ actions, label = 'Actions', isIcon = false }: ActionsMenuProps) {
  const { begin, dialog } = useActions()
  const offered = useOffered(actions)
  return (
    <>
      <ButtonDropdown
        items={offered.map(({ label: text, disabledReason }) => ({
          id: text,
          text,
          disabled: disabledReason !== undefined,
          ...(disabledReason !== undefined && { disabledReason }),
        }))}
        onItemClick={({ detail }) => {
          const action = actions.find((one) => one.label === detail.id)
          if (action) begin(action)
        }}
        {...(isIcon ? { variant: 'icon', ariaLabel: label, expandToViewport: true } : { children: label })}
      />
      {dialog}
    </>
  )
}
