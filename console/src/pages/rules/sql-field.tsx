/** The statement of a rule, with its fault where it is. */
import { CodeEditor, type Fault } from '../../kit/code-editor.tsx'
import { Field } from '../../kit/field.tsx'
import { shown } from '../../kit/shown.ts'
import type { SqlFault } from './sample.ts'
import { sqlWords } from './sql-words.ts'

interface SqlFieldProps {
  value: string
  onChange: (sql: string) => void
  fault: SqlFault | undefined
}

export function SqlField({ value, onChange, fault }: SqlFieldProps) {
  const isOfStatement = fault?.stage === 'statement'
  return (
    <Field
      label="SQL statement"
      stretch
      description="SELECT the attributes FROM the topic filter WHERE the condition holds."
      {...(isOfStatement && { errorText: shown(fault.message) })}
    >
      <CodeEditor
        value={value}
        onChange={onChange}
        language="sql"
        label="SQL statement"
        words={sqlWords}
        faults={isOfStatement ? [placeOf(value, fault)] : noFaults}
      />
    </Field>
  )
}

const noFaults: readonly Fault[] = []

/** Lines and columns count from 1; a fault at the end of the text is shown at its last character. */
function placeOf(text: string, { line = 1, column = 1, message }: SqlFault): Fault {
  const before = text.split('\n').slice(0, line - 1)
  const at = before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1
  const from = Math.max(0, Math.min(at, text.length - 1))
  const rest = /^\w+/.exec(text.slice(from))?.[0].length ?? 1
  return { from, to: Math.min(text.length, from + rest), message, severity: 'error' }
}
