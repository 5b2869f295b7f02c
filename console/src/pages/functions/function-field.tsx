/** A function that AWS IoT invokes, for a rule or an authorizer. */
import Alert from '@cloudscape-design/components/alert'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { SelectField } from '../../kit/field.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { useFunctions } from './use-functions.ts'

interface FunctionFieldProps {
  label: string
  member: string
  description?: string
  value: string
  /** Of who invokes it, e.g. `this rule`. */
  source: string
  onChange: (functionArn: string) => void
}

export function FunctionField({ value, source, onChange, ...field }: FunctionFieldProps) {
  const functions = useFunctions()
  const choices = (functions.data ?? []).map(({ FunctionArn, FunctionName, Runtime = '' }) => ({
    value: FunctionArn,
    label: FunctionName,
    description: Runtime,
  }))
  return (
    <SpaceBetween size="xs">
      <SelectField
        {...field}
        value={value}
        onChange={onChange}
        choices={choices}
        placeholder="Choose a Lambda function"
        isLoading={functions.isLoading}
      />
      <PageLink href="/create/function">Create a Lambda function</PageLink>
      {value === '' ? null : (
        <Alert type="info">
          The function's resource-based policy gets a statement by which {source} may invoke it, unless it has
          one already.
        </Alert>
      )}
    </SpaceBetween>
  )
}
