import { useState } from 'react'
import type { OperationCall } from '../api/call.ts'
import { FormModal } from './form.tsx'
import { NameField } from './name-field.tsx'
import type { Calls } from './use-change.ts'

export interface NameFormProps {
  title: string
  submitLabel: string
  label: string
  /** Lists what can be chosen. */
  list: OperationCall
  namesOf: (output: Record<string, unknown>) => readonly string[]
  /** The calls with the name that was chosen. */
  callsOf: (name: string) => Calls
  onClose: () => void
}

/** Chooses one by its name, and does something with it: attaches it, adds it. */
export function NameForm({ title, submitLabel, label, list, namesOf, callsOf, onClose }: NameFormProps) {
  const [name, setName] = useState('')
  return (
    <FormModal
      title={title}
      submitLabel={submitLabel}
      calls={callsOf(name)}
      missing={name === '' ? 'Choose one first' : undefined}
      onClose={onClose}
    >
      <NameField label={label} value={name} onChange={setName} call={list} namesOf={namesOf} />
    </FormModal>
  )
}
