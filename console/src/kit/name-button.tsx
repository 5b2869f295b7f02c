import { ActionButton } from './action-button.tsx'
import { NameForm, type NameFormProps } from './name-form.tsx'
import type { Calls } from './use-change.ts'

interface NameButtonProps extends Omit<NameFormProps, 'label' | 'onClose'> {
  label: string
  needs: Calls
  /** The label of the field in the form. */
  field: string
}

/** A button that has one chosen by its name. */
export const NameButton = ({ label, needs, field, ...form }: NameButtonProps) => (
  <ActionButton
    label={label}
    needs={needs}
    form={(close) => <NameForm {...form} label={field} onClose={close} />}
  />
)
