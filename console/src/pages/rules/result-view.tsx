import Box from '@cloudscape-design/components/box'
import Field from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { Failure } from '../../kit/failure.tsx'
import { shown, shownLines } from '../../kit/shown.ts'
import type { SampleResult } from './sample.ts'

/** What a statement makes of a sample. */
export function ResultView({ data, error }: { data?: SampleResult | undefined; error: unknown }) {
  return (
    <div aria-live="polite">
      <Field label="Result" stretch>
        {error ? <Failure error={error} /> : data ? <Result result={data} /> : <Box>–</Box>}
      </Field>
    </div>
  )
}

function Result({ result }: { result: SampleResult }) {
  const { fault, topicMatches, topicFilter = '', where, output } = result
  if (fault?.stage === 'statement')
    return <StatusIndicator type="error">{shown(fault.message)}</StatusIndicator>
  return (
    <SpaceBetween size="xs">
      <StatusIndicator type={topicMatches === true ? 'success' : 'warning'}>
        {topicMatches === true
          ? 'FROM asks for this topic'
          : `FROM asks for ${shown(topicFilter)}, not for this topic`}
      </StatusIndicator>
      {where === undefined ? null : (
        <StatusIndicator type={where ? 'success' : 'stopped'}>
          {where ? 'WHERE is true' : 'WHERE is not true: no action would run'}
        </StatusIndicator>
      )}
      {fault ? (
        <StatusIndicator type="error">The rule would fail: {shown(fault.message)}</StatusIndicator>
      ) : null}
      {output ? <Output output={output} /> : null}
    </SpaceBetween>
  )
}

function Output({ output }: { output: NonNullable<SampleResult['output']> }) {
  if (output.kind === 'bytes') return <pre>{`base64: ${output.base64}`}</pre>
  if (output.text === '')
    return <Box color="text-body-secondary">The actions would get an empty message.</Box>
  return <pre>{shownLines(spread(output.text))}</pre>
}

const maxSpread = 20_000

/**
 * Compact JSON with one member a line, token by token: numbers keep all their digits, which parsing them would cost.
 */
export function spread(json: string): string {
  if (json.length > maxSpread) return json
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|[{[][}\]]|[{}[\],:]/g, (token) => {
    if (token === '{' || token === '[') {
      depth += 1
      return token + line()
    }
    if (token === '}' || token === ']') {
      depth -= 1
      return line() + token
    }
    if (token === ',') return token + line()
    return token === ':' ? ': ' : token
  })
}
