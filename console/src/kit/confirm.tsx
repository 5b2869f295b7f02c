import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { AskedAction } from './action.ts'
import { FormModal } from './form.tsx'

/** Asks before the calls are made. */
export function Confirm({ action, onClose }: { action: AskedAction; onClose: () => void }) {
  const { label, operation, question, typed, onDone } = action
  const [given, setGiven] = useState('')
  return (
    <FormModal
      title={label}
      submitLabel={label}
      calls={operation}
      missing={typed !== undefined && given !== typed ? `Type ${typed} first` : undefined}
      onClose={onClose}
      onDone={onDone}
    >
      <Box>{question}</Box>
      {typed === undefined ? null : (
        <FormField label={`To confirm, type ${typed}`}>
          <Input value={given} placeholder={typed} onChange={({ detail }) => setGiven(detail.value)} />
        </FormField>
      )}
    </FormModal>
  )
}
