import { lazy, Suspense } from 'react'
import { Field } from '../../kit/field.tsx'

const Editor = lazy(async () => ({ default: (await import('../../kit/code-editor.tsx')).CodeEditor }))

interface DocumentFieldProps {
  label: string
  member?: string
  description?: string
  value: string
  /** Absent: it may only be read. */
  onChange?: (text: string) => void
}

/** A policy document as JSON. */
export function DocumentField({ label, value, onChange, ...field }: DocumentFieldProps) {
  return (
    <Field label={label} stretch {...field}>
      <Suspense fallback={null}>
        <Editor label={label} language="json" value={value} onChange={onChange} />
      </Suspense>
    </Field>
  )
}
