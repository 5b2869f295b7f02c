import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { Failure } from '../../kit/failure.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { shown, shownLines } from '../../kit/shown.ts'
import { readReport, type TestResult } from './use-test.ts'

interface TestOutcomeProps {
  result: TestResult | undefined
  error: unknown
  isRunning: boolean
}

export function TestOutcome({ result, error, isRunning }: TestOutcomeProps) {
  return (
    <Container header={<Header variant="h2">Execution result</Header>}>
      <div aria-live="polite">
        {isRunning ? (
          <StatusIndicator type="in-progress">The function is running</StatusIndicator>
        ) : error ? (
          <Failure error={error} />
        ) : result ? (
          <Outcome result={result} />
        ) : (
          <Box color="text-body-secondary">Nothing has been run yet.</Box>
        )}
      </div>
    </Container>
  )
}

function Outcome({ result }: { result: TestResult }) {
  const { functionError, response, logTail, version, tookMs } = result
  const report = readReport(logTail)
  return (
    <SpaceBetween size="m">
      <Alert type={functionError === undefined ? 'success' : 'error'}>
        {functionError === undefined
          ? 'Executing function: succeeded'
          : `Executing function: failed (${shown(functionError)})`}
      </Alert>
      <KeyValuePairs
        columns={2}
        items={Object.entries({
          Duration: report['Duration'] ?? `${Math.round(tookMs)} ms with the call`,
          'Init duration': report['Init Duration'] ?? '–',
          'Max memory used': report['Max Memory Used'] ?? '–',
          'Function version': version,
          'Request ID': <span className="anywhere">{report['RequestId'] ?? '–'}</span>,
        }).map(([label, value]) => ({ label, value }))}
      />
      <div>
        <Box variant="awsui-key-label">Response</Box>
        <pre>{shownLines(indentJson(response))}</pre>
      </div>
      <div>
        <Box variant="awsui-key-label">Log output</Box>
        <pre>{shownLines(logTail)}</pre>
      </div>
    </SpaceBetween>
  )
}
