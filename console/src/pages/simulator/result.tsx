/** The decision, what decided, and with which values. */
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { Copyable } from '../../kit/copyable.tsx'
import { indentJson } from '../../kit/json-text.ts'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import type { Simulation, Statement } from './simulation.ts'

const decisions = {
  allow: { type: 'success', text: 'Allowed' },
  'explicit-deny': { type: 'error', text: 'Denied by a statement' },
  'implicit-deny': { type: 'stopped', text: 'Denied: no statement grants it' },
} as const

export function Result({ simulation }: { simulation: Simulation }) {
  const { decision, explanation, statement, variables, suggestion, certificateStatus = 'ACTIVE' } = simulation
  const { type, text } = decisions[decision]
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Decision</Header>}>
        <SpaceBetween size="s">
          <StatusIndicator type={type}>{text}</StatusIndicator>
          <Box>{shown(explanation)}</Box>
          {suggestion === undefined ? null : (
            <Box>
              This statement would grant it: <Copyable text={shown(suggestion)} what="the statement" />
            </Box>
          )}
          {certificateStatus === 'ACTIVE' ? null : (
            <Alert type="warning">
              The certificate is {certificateStatus}: its device does not get as far as its policies.
            </Alert>
          )}
        </SpaceBetween>
      </Container>
      {statement ? <Deciding statement={statement} isNearest={decision === 'implicit-deny'} /> : null}
      <Table
        items={variables}
        trackBy="name"
        wrapLines
        header={
          <Header variant="h2" description="What statements about this action ask for.">
            Policy variables
          </Header>
        }
        columnDefinitions={[
          { id: 'name', header: 'Variable', cell: ({ name }) => shown(name), isRowHeader: true },
          {
            id: 'value',
            header: 'Value',
            cell: ({ value }) =>
              value === undefined ? (
                <StatusIndicator type="warning">It has no value</StatusIndicator>
              ) : (
                <span className="anywhere">{shown(value)}</span>
              ),
          },
        ]}
        empty={<Box textAlign="center">They ask for none.</Box>}
      />
    </SpaceBetween>
  )
}

function Deciding({ statement, isNearest }: { statement: Statement; isNearest: boolean }) {
  const { policyName, index, sid, document } = statement
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            isNearest ? 'Of all that allow anything, it came nearest to granting the request.' : undefined
          }
        >
          {isNearest ? 'Nearest statement' : 'Deciding statement'}
        </Header>
      }
    >
      <SpaceBetween size="s">
        <Box>
          Statement {index}
          {sid === undefined ? '' : ` (${shown(sid)})`} of{' '}
          {policyName === 'draft' && statement.target === undefined ? (
            'the draft'
          ) : (
            <PageLink href={`/policies/${encodeURIComponent(policyName)}`}>{shown(policyName)}</PageLink>
          )}
        </Box>
        <pre>{indentJson(document).split('\n').map(shown).join('\n')}</pre>
      </SpaceBetween>
    </Container>
  )
}
