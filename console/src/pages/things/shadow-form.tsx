import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { toBase64 } from '../../kit/base64.ts'
import { Field, TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { data, named, type ShadowDocument } from './shadow-calls.ts'

interface ShadowFormProps {
  thingName: string
  /** Absent: a new one, whose name is asked for. */
  shadowName?: string
  document?: ShadowDocument
  onClose: () => void
}

/** Sends a document as a device or an application would: what it names is changed, `null` takes away. */
export function ShadowForm({ thingName, shadowName, document, onClose }: ShadowFormProps) {
  const { desired, reported } = document?.state ?? {}
  const state = document ? { desired, reported } : { desired: {} }
  const [name, setName] = useState(shadowName ?? '')
  const [text, setText] = useState(JSON.stringify({ state }, undefined, 2))
  const fault = faultOf(text)
  return (
    <FormModal
      isLarge
      title={shadowName === undefined ? 'Create Shadow' : 'Edit Shadow'}
      submitLabel={shadowName === undefined ? 'Create' : 'Update'}
      calls={data('UpdateThingShadow', { ...named(thingName, name), payload: toBase64(text) })}
      missing={fault}
      onClose={onClose}
    >
      {shadowName === undefined ? (
        <TextField
          label="Shadow name - optional"
          member="shadowName"
          description="Without a name it is the Classic Shadow."
          value={name}
          onChange={setName}
        />
      ) : null}
      <Field
        label="Shadow document"
        member="payload"
        description="What is named is changed, the rest stays; null takes a value away."
        errorText={fault}
        stretch
      >
        <Textarea
          value={text}
          rows={18}
          spellcheck={false}
          onChange={({ detail }) => setText(detail.value)}
        />
      </Field>
    </FormModal>
  )
}

function faultOf(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return `It is not JSON: ${error instanceof Error ? error.message : ''}`
  }
}
