import Input from '@cloudscape-design/components/input'
import { Field } from '../../kit/field.tsx'

interface PasswordFieldProps {
  label: string
  member?: string
  description?: string
  value: string
  onChange: (value: string) => void
  isNew?: boolean
}

export function PasswordField({ value, onChange, isNew = false, ...field }: PasswordFieldProps) {
  return (
    <Field {...field}>
      <Input
        type="password"
        value={value}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </Field>
  )
}
