/** The statement on a sample, beside it: nothing is published, and no action runs. */
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { KeyboardEvent } from 'react'
import { CodeEditor } from '../../kit/code-editor.tsx'
import { Field, TextField } from '../../kit/field.tsx'
import { useSession } from '../../kit/use-session.ts'
import { LiveTraffic } from './live-traffic.tsx'
import { ResultView } from './result-view.tsx'
import { sampleFor, type Evaluation, type Sample, type Statement } from './sample.ts'

interface PlaygroundProps {
  statement: Statement
  sample: Sample
  onChange: (sample: Sample) => void
  result: Evaluation
}

export function Playground({ statement, sample, onChange, result }: PlaygroundProps) {
  const session = useSession()
  const topicFilter = result.data?.topicFilter
  const change = (changed: Partial<Sample>) => onChange({ ...sample, ...changed })
  return (
    <div onKeyDown={keepFromSending}>
      <Container
        header={
          <Header
            variant="h2"
            description="What the rule would make of a message. No action runs."
            actions={
              topicFilter === undefined ? null : (
                <Button
                  formAction="none"
                  disabled={!result.isCurrent}
                  onClick={() => change(sampleFor(topicFilter, session))}
                >
                  Sample for this topic
                </Button>
              )
            }
          >
            Try it
          </Header>
        }
      >
        <SpaceBetween size="m">
          <TextField label="Topic" value={sample.topic} onChange={(topic) => change({ topic })} />
          <Field label="Message" stretch>
            <CodeEditor
              value={sample.payload}
              onChange={(payload) => change({ payload })}
              language="json"
              label="Message"
            />
          </Field>
          <ExpandableSection headerText="Publisher">
            <SpaceBetween size="m">
              <TextField
                label="Client ID"
                description="What clientid() tells."
                value={sample.clientId}
                onChange={(clientId) => change({ clientId })}
              />
              <TextField
                label="Principal"
                description="What principal() tells: a certificate ID, or the ID of an IAM identity."
                value={sample.principal}
                onChange={(principal) => change({ principal })}
              />
            </SpaceBetween>
          </ExpandableSection>
          <ResultView data={result.data} error={result.error} />
          <LiveTraffic statement={statement} onPick={(topic, payload) => change({ topic, payload })} />
        </SpaceBetween>
      </Container>
    </div>
  )
}

/** Enter in a field of the sample does not send the rule. */
function keepFromSending(event: KeyboardEvent): void {
  if (event.key === 'Enter' && event.target instanceof HTMLInputElement) event.preventDefault()
}
