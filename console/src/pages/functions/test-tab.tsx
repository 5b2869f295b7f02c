/** Runs the function on an event, and shows what came of it beside it. */
import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { CodeEditor } from '../../kit/code-editor.tsx'
import { Field, SelectField } from '../../kit/field.tsx'
import { useMissingPermissions } from '../../kit/permissions.ts'
import { useTestEvents } from './test-events.ts'
import { TestOutcome } from './test-outcome.tsx'
import type { Test } from './use-test.ts'

export function TestTab({
  event,
  setEvent,
  run,
  isRunning,
  result,
  error,
  callOf,
  isEdited,
}: Test & { isEdited: boolean }) {
  const events = useTestEvents()
  const [template, setTemplate] = useState('hello-world')
  const [denied] = useMissingPermissions([callOf('{}')])
  const choose = (name: string) => {
    setTemplate(name)
    const chosen = events.find((one) => one.name === name)
    if (chosen) setEvent(JSON.stringify(chosen.event, undefined, 2))
  }
  const isJson = parses(event)
  return (
    <SpaceBetween size="l">
      {isEdited ? (
        <Alert type="warning">What runs is the code that was deployed last, without your changes.</Alert>
      ) : null}
      <Grid gridDefinition={[half, half]}>
        <Container
          header={
            <Header
              variant="h2"
              actions={
                <Button
                  variant="primary"
                  loading={isRunning}
                  disabled={denied !== undefined || !isJson}
                  disabledReason={denied ?? 'The event is not JSON'}
                  onClick={run}
                >
                  Test
                </Button>
              }
            >
              Test event
            </Header>
          }
          footer={<CliEquivalent calls={[callOf(event)]} />}
        >
          <SpaceBetween size="m">
            <SelectField
              label="Template"
              value={template}
              onChange={choose}
              choices={events.map(({ name, description }) => ({ value: name, description }))}
            />
            <Field label="Event JSON" stretch>
              <CodeEditor value={event} onChange={setEvent} language="json" label="Event JSON" />
            </Field>
          </SpaceBetween>
        </Container>
        <TestOutcome result={result} error={error} isRunning={isRunning} />
      </Grid>
    </SpaceBetween>
  )
}

const half = { colspan: { default: 12, m: 6 } }

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
