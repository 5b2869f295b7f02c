import Button from '@cloudscape-design/components/button'
import { useActions } from './action-dialog.tsx'
import { useOffered, type Action } from './action.ts'

type ActionButtonProps = Action & { variant?: 'normal' | 'primary' | 'inline-link' }

/** One action, after a question or a form; then everything shown is asked for again. */
export function ActionButton({ variant = 'normal', ...action }: ActionButtonProps) {
  const [offered] = useOffered([action])
  const { begin, dialog } = useActions()
  return (
    <>
      <Button
        variant={variant}
        disabled={offered?.disabledReason !== undefined}
        disabledReason={offered?.disabledReason}
        onClick={() => begin(action)}
      >
        {action.label}
      </Button>
      {dialog}
    </>
  )
}
