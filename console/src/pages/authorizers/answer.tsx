import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { Details } from '../../kit/details.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { shown, shownLines } from '../../kit/shown.ts'
import type { TrialAnswer } from './trial.ts'

const showSeconds = (seconds: number | undefined) => (seconds === undefined ? '–' : `${seconds} s`)

/** What a client would be told, and which policies would count for it. */
export function Answer({ answer }: { answer: TrialAnswer }) {
  const { isAuthenticated = false, principalId, policyDocuments = [] } = answer
  const state = (
    <StatusIndicator type={isAuthenticated ? 'success' : 'error'}>
      {isAuthenticated ? 'Authenticated' : 'Not authenticated'}
    </StatusIndicator>
  )
  if (!isAuthenticated) return <Details title="Answer" facts={{ Client: state }} />
  return (
    <Details
      title="Answer"
      facts={{
        Client: state,
        'Principal ID': shown(principalId ?? '–'),
        'Disconnect after': showSeconds(answer.disconnectAfterInSeconds),
        'Refresh after': showSeconds(answer.refreshAfterInSeconds),
        'Policy documents': (
          <SpaceBetween size="s">
            {policyDocuments.map((document) => (
              <pre key={document}>{shownLines(indentJson(document))}</pre>
            ))}
          </SpaceBetween>
        ),
      }}
    />
  )
}
