import Alert from '@cloudscape-design/components/alert'
import { ApiError } from '../api/call.ts'
import { text } from '../text/en.ts'
import { shown } from './shown.ts'

/** What a call answered instead of a result. A denial names the permission that is missing. */
export function Failure({ error }: { error: unknown }) {
  const header = error instanceof ApiError ? error.code : text.failed
  return (
    <Alert type="error" header={header}>
      {shown(error instanceof Error ? error.message : String(error))}
    </Alert>
  )
}
