import Autosuggest from '@cloudscape-design/components/autosuggest'
import type { OperationCall } from '../api/call.ts'
import { Field } from './field.tsx'
import { useCall } from './use-call.ts'

interface NameFieldProps {
  label: string
  member?: string
  description?: string
  value: string
  onChange: (value: string) => void
  /** Lists those that there are; the first of them are suggested. */
  call: OperationCall
  /** Of the output, the names. */
  namesOf: (output: Record<string, unknown>) => readonly string[]
}

/** The name of something that there is: typed, or chosen from the first ones. */
export function NameField({ value, onChange, call, namesOf, ...field }: NameFieldProps) {
  const list = useCall<Record<string, unknown>>(call)
  const names = list.data ? namesOf(list.data) : []
  return (
    <Field {...field}>
      <Autosuggest
        value={value}
        options={names.map((name) => ({ value: name }))}
        enteredTextLabel={(name) => `Use: ${name}`}
        statusType={list.isLoading ? 'loading' : 'finished'}
        empty="There is none yet."
        onChange={({ detail }) => onChange(detail.value)}
      />
    </Field>
  )
}
