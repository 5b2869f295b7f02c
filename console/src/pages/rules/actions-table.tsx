import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { ActionButton } from '../../kit/action-button.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { nameOfRole } from '../../kit/service-role-field.tsx'
import { shown } from '../../kit/shown.ts'
import { kindOf } from './action-kinds.ts'
import { permissionCall, usePermits } from '../functions/function-permissions.ts'
import type { TopicRule } from './rule.ts'

interface Row {
  key: string
  kind: string
  config: Record<string, unknown>
  isForErrors: boolean
}

const toRow = (action: TopicRule['actions'][number], key: string, isForErrors: boolean): Row => {
  const [kind = '', config = {}] = Object.entries(action)[0] ?? []
  return { key, kind, config, isForErrors }
}

/** The actions of a rule, where they go, and whether they may. */
export function ActionsTable({ rule, ruleArn }: { rule: TopicRule; ruleArn: string }) {
  const { actions, errorAction } = rule
  const rows = [
    ...actions.map((action, at) => toRow(action, String(at + 1), false)),
    ...(errorAction ? [toRow(errorAction, 'error', true)] : []),
  ]
  return (
    <Table
      header={<Header variant="h2">Actions</Header>}
      items={rows}
      trackBy="key"
      wrapLines
      columnDefinitions={[
        {
          id: 'kind',
          header: 'Action',
          cell: ({ kind, isForErrors }) =>
            `${kindOf(kind)?.label ?? shown(kind)}${isForErrors ? ' (error action)' : ''}`,
        },
        {
          id: 'target',
          header: 'Target',
          cell: (row) => <Target row={row} />,
        },
        {
          id: 'right',
          header: 'Permission',
          cell: (row) => <Right row={row} ruleArn={ruleArn} />,
        },
      ]}
    />
  )
}

function Target({ row: { kind, config } }: { row: Row }) {
  if (kind === 'lambda') {
    const name = nameOfFunction(config['functionArn'])
    return <PageLink href={`/functions/${encodeURIComponent(name)}`}>{shown(name)}</PageLink>
  }
  const facts = Object.entries(config).filter(([name]) => name !== 'roleArn')
  return (
    <span className="anywhere">
      {facts
        .map(
          ([name, value]) => `${name}: ${shown(typeof value === 'string' ? value : JSON.stringify(value))}`,
        )
        .join(' · ')}
    </span>
  )
}

/** The name in an ARN; of a version or an alias, that of its function. */
const nameOfFunction = (arn: unknown) => String(arn).split(':')[6] ?? String(arn)

function Right({ row: { kind, config }, ruleArn }: { row: Row; ruleArn: string }) {
  if (kind === 'lambda')
    return <FunctionRight functionArn={String(config['functionArn'])} ruleArn={ruleArn} />
  const { roleArn } = config
  if (typeof roleArn !== 'string') return '–'
  const name = nameOfRole(roleArn)
  return <PageLink href={`/iam/roles/${encodeURIComponent(name)}`}>{shown(name)}</PageLink>
}

function FunctionRight({ functionArn, ruleArn }: { functionArn: string; ruleArn: string }) {
  const [isAllowed] = usePermits([functionArn], ruleArn)
  if (isAllowed === undefined) return '–'
  if (isAllowed)
    return (
      <StatusIndicator type="success">
        <span className="words">The function lets this rule invoke it</span>
      </StatusIndicator>
    )
  return (
    <SpaceBetween size="xs">
      <StatusIndicator type="error">
        <span className="words">The function does not let this rule invoke it</span>
      </StatusIndicator>
      <ActionButton
        label="Add permission"
        operation={permissionCall(functionArn, ruleArn)}
        question="The function's resource-based policy then lets this rule invoke it."
      />
    </SpaceBetween>
  )
}
