import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useReasons } from '../../kit/reason.tsx'
import { shown } from '../../kit/shown.ts'
import type { Verdict } from './report.ts'

/** What would become of the device, as of now. */
export function VerdictAlert({ verdict }: { verdict: Verdict }) {
  const { action, code, meaning, advice, clientId, details = {} } = verdict
  const isWrong = useReasons()[code]?.level === 'warn'
  const becomes = action === 'accept' ? 'be let in' : isWrong ? 'be refused' : 'be turned away for now'
  const as = clientId === undefined ? '' : ` as client ${shown(clientId)}`
  const facts = Object.entries(details)
  return (
    <Alert
      type={action === 'accept' ? 'success' : isWrong ? 'error' : 'info'}
      header={`The device would ${becomes}${as}: ${code}`}
      statusIconAriaLabel={action === 'accept' ? 'Success' : isWrong ? 'Error' : 'Info'}
    >
      <SpaceBetween size="s">
        <Box>{meaning}</Box>
        {isWrong && advice !== '' ? <Box>{advice}</Box> : null}
        {facts.length === 0 ? null : (
          <KeyValuePairs
            columns={2}
            items={facts.map(([label, value]) => ({
              label,
              value: <span className="anywhere">{shown(String(value))}</span>,
            }))}
          />
        )}
      </SpaceBetween>
    </Alert>
  )
}
