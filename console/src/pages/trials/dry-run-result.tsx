/** All that a dry run tells: parameters, resources, permissions. */
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { shown } from '../../kit/shown.ts'
import type { DryRun, Parameter, Resource, Step } from './report.ts'
import { VerdictAlert } from './verdict.tsx'

export function DryRunResult({ report }: { report: DryRun }) {
  const { verdict, template, role, parameters, resources, steps } = report
  return (
    <SpaceBetween size="l">
      <VerdictAlert verdict={verdict} />
      {template?.remarks.map((remark) => (
        <Alert key={remark} type="info">
          {shown(remark)}
        </Alert>
      ))}
      <Parameters parameters={parameters} />
      {resources.map((resource) => (
        <ResourceView key={resource.logicalId} resource={resource} />
      ))}
      {role?.fault === undefined ? null : <Alert type="error">{shown(role.fault)}</Alert>}
      <Steps steps={steps} />
    </SpaceBetween>
  )
}

function Parameters({ parameters }: { parameters: readonly Parameter[] }) {
  const told = parameters.filter(({ value, isNeeded }) => isNeeded || value !== undefined)
  if (told.length === 0) return null
  return (
    <Container header={<Header variant="h2">Parameters</Header>}>
      <KeyValuePairs
        columns={1}
        items={told.map((parameter) => ({
          label: shown(parameter.name),
          value: <ParameterValue parameter={parameter} />,
        }))}
      />
    </Container>
  )
}

function ParameterValue({ parameter: { value, from, source, isNeeded } }: { parameter: Parameter }) {
  if (value === undefined) return isNeeded ? <StatusIndicator type="error">Missing</StatusIndicator> : '–'
  return (
    <>
      <span className="anywhere">{shown(value)}</span>
      <Box variant="small" display="block">
        {from === 'default' ? 'its default' : source}
      </Box>
    </>
  )
}

const states = {
  new: { type: 'success', text: 'Would be created' },
  exists: { type: 'info', text: 'Exists' },
  missing: { type: 'error', text: 'Missing' },
} as const

function ResourceView({ resource }: { resource: Resource }) {
  const { logicalId, type, properties, fault, state, warnings } = resource
  const { type: status, text } = states[state]
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={type}
          actions={fault ? null : <StatusIndicator type={status}>{text}</StatusIndicator>}
        >
          {shown(logicalId)}
        </Header>
      }
    >
      <SpaceBetween size="s">
        {warnings.map((warning) => (
          <StatusIndicator key={warning} type="warning">
            {shown(warning)}
          </StatusIndicator>
        ))}
        {fault ? <StatusIndicator type="error">{shown(fault.text)}</StatusIndicator> : null}
        {properties ? (
          <Box variant="code">
            <pre>{shown(JSON.stringify(properties, undefined, 2)).replaceAll('\\u000a', '\n')}</pre>
          </Box>
        ) : null}
      </SpaceBetween>
    </Container>
  )
}

function Steps({ steps }: { steps: readonly Step[] }) {
  if (steps.length === 0) return null
  return (
    <Table
      header={
        <Header variant="h2" description="What the provisioning role needs to be allowed.">
          Permissions
        </Header>
      }
      items={steps}
      trackBy={({ action, resource }) => `${action} ${resource}`}
      wrapLines
      columnDefinitions={[
        { id: 'allowed', header: 'Decision', minWidth: 120, cell: (step) => <Decision step={step} /> },
        { id: 'action', header: 'Action', minWidth: 180, cell: ({ action }) => action },
        {
          id: 'resource',
          header: 'Resource',
          minWidth: 200,
          cell: ({ resource }) => <span className="anywhere">{shown(resource)}</span>,
        },
      ]}
    />
  )
}

function Decision({ step: { isAllowed, isForExisting } }: { step: Step }) {
  if (isAllowed === undefined) return <StatusIndicator type="info">No role is known</StatusIndicator>
  const only = isForExisting ? ' (only when the thing differs)' : ''
  return (
    <StatusIndicator type={isAllowed ? 'success' : 'error'}>
      {isAllowed ? 'Allowed' : 'Denied'}
      {only}
    </StatusIndicator>
  )
}
