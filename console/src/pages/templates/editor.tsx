/** A template beside what it would make of a device, told after each pause in typing. */
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { CodeEditor, type Fault } from '../../kit/code-editor.tsx'
import { Failure } from '../../kit/failure.tsx'
import { Field } from '../../kit/field.tsx'
import { findPlace } from '../../kit/json-place.ts'
import { NameField } from '../../kit/name-field.tsx'
import { iot } from '../resources/list.tsx'
import { DeviceFields, firstDevice } from '../trials/device-fields.tsx'
import { DryRunResult } from '../trials/dry-run-result.tsx'
import type { DryRun } from '../trials/report.ts'
import { useDryRun } from '../trials/use-dry-run.ts'
import { templateWords } from './template-words.ts'

interface TemplateEditorProps {
  body: string
  onChange: (body: string) => void
  roleArn: string
}

const casIn = (output: Record<string, unknown>) =>
  ((output['certificates'] ?? []) as { certificateId: string }[]).map(({ certificateId }) => certificateId)

export function TemplateEditor({ body, onChange, roleArn }: TemplateEditorProps) {
  const [device, setDevice] = useState(firstDevice)
  const [caCertificateId, setCa] = useState('')
  const dryRun = useDryRun({ caCertificateId, templateBody: body, provisioningRoleArn: roleArn }, device)
  const report = dryRun.error ? undefined : dryRun.data
  return (
    <Grid gridDefinition={[{ colspan: { default: 12, m: 6 } }, { colspan: { default: 12, m: 6 } }]}>
      <Container header={<Header variant="h2">Template</Header>}>
        <Field label="Template body" member="templateBody" stretch>
          <CodeEditor
            value={body}
            onChange={onChange}
            language="json"
            label="Template body"
            words={templateWords}
            faults={faultsOf(body, report)}
          />
        </Field>
      </Container>
      <SpaceBetween size="l">
        <Container
          header={
            <Header variant="h2" description="What the template would make of a device. Nothing is made.">
              Dry run
            </Header>
          }
        >
          <SpaceBetween size="m">
            <DeviceFields device={device} onChange={setDevice} />
            <NameField
              label="CA certificate - optional"
              description="Without one a subject comes from a CA that lets devices in."
              value={caCertificateId}
              onChange={setCa}
              call={iot('ListCACertificates', { pageSize: 100 })}
              namesOf={casIn}
            />
          </SpaceBetween>
        </Container>
        <div aria-live="polite">
          {dryRun.error ? <Failure error={dryRun.error} /> : null}
          {report ? <DryRunResult report={report} /> : null}
          {!report && !dryRun.error ? (
            <Box color="text-body-secondary">Write a template, and name a device.</Box>
          ) : null}
        </div>
      </SpaceBetween>
    </Grid>
  )
}

const noFaults: readonly Fault[] = []

/** Where the template, or a value in it, is wrong. */
function faultsOf(body: string, report: DryRun | undefined): readonly Fault[] {
  if (!report) return noFaults
  const ofResources = report.resources.flatMap(({ fault }) => fault ?? [])
  const all = report.template?.fault ? [report.template.fault] : ofResources
  const faults = all.map(({ place, text: message }) => {
    const { from, to } = findPlace(body, place) ?? { from: 0, to: Math.min(1, body.length) }
    return { from, to, message, severity: 'error' as const }
  })
  return faults.length === 0 ? noFaults : faults
}
