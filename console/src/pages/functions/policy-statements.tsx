import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Failure } from '../../kit/failure.tsx'
import { shown } from '../../kit/shown.ts'
import { readStatements } from './function-permissions.ts'
import { lambda } from './function.ts'

/** By whom the function may be invoked beside the identities of the account. */
export function PolicyStatements({
  functionName: FunctionName,
  add,
}: {
  functionName: string
  add: ReactNode
}) {
  const { data = [], error } = useQuery({
    queryKey: ['lambda', 'GetPolicy', { FunctionName }],
    queryFn: () => readStatements(FunctionName),
  })
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${data.length})`} actions={add}>
          Resource-based policy statements
        </Header>
      }
      items={data}
      trackBy="Sid"
      wrapLines
      empty={
        error ? <Failure error={error} /> : <Box textAlign="center">No service may invoke the function.</Box>
      }
      footer={<CliEquivalent calls={[lambda('GetPolicy', { FunctionName })]} />}
      columnDefinitions={[
        { id: 'sid', header: 'Statement ID', cell: ({ Sid }) => shown(Sid) },
        {
          id: 'principal',
          header: 'Principal',
          cell: ({ Principal }) =>
            shown(typeof Principal === 'string' ? Principal : Object.values(Principal).join(', ')),
        },
        { id: 'action', header: 'Action', cell: ({ Action }) => shown(Action) },
        {
          id: 'conditions',
          header: 'Conditions',
          cell: ({ Condition }) => (
            <span className="anywhere">{Condition ? shown(JSON.stringify(Condition)) : 'None'}</span>
          ),
        },
        {
          id: 'delete',
          header: 'Actions',
          cell: ({ Sid }) => (
            <ActionButton
              label="Delete"
              variant="inline-link"
              operation={lambda('RemovePermission', { FunctionName, StatementId: Sid })}
              question="Whom it lets in may not invoke the function any more."
            />
          ),
        },
      ]}
    />
  )
}
