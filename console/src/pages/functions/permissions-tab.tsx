/** What the function may do, and who may invoke it. */
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { Details } from '../../kit/details.tsx'
import { SelectField, TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { nameOfRole, ServiceRoleField } from '../../kit/service-role-field.tsx'
import { shown } from '../../kit/shown.ts'
import { useSession } from '../../kit/use-session.ts'
import { lambda, type FunctionConfiguration } from './function.ts'
import { PolicyStatements } from './policy-statements.tsx'

interface Props {
  configuration: FunctionConfiguration
}

export function PermissionsTab({ configuration }: Props) {
  const { FunctionName, Role } = configuration
  const roleName = nameOfRole(Role)
  return (
    <SpaceBetween size="l">
      <Details
        title="Execution role"
        actions={
          <ActionButton
            label="Edit"
            needs={lambda('UpdateFunctionConfiguration')}
            form={(close) => <ExecutionRole configuration={configuration} onClose={close} />}
          />
        }
        facts={{
          'Role name': (
            <PageLink href={`/iam/roles/${encodeURIComponent(roleName)}`}>{shown(roleName)}</PageLink>
          ),
          'Role ARN': <span className="anywhere">{shown(Role)}</span>,
        }}
      />
      <PolicyStatements
        functionName={FunctionName}
        add={
          <ActionButton
            label="Add permissions"
            needs={lambda('AddPermission')}
            form={(close) => <AddPermission functionName={FunctionName} onClose={close} />}
          />
        }
      />
    </SpaceBetween>
  )
}

function ExecutionRole({ configuration, onClose }: Props & { onClose: () => void }) {
  const { FunctionName } = configuration
  const [Role, setRole] = useState(configuration.Role)
  const roleName = nameOfRole(Role)
  return (
    <FormModal
      title="Edit execution role"
      submitLabel="Save"
      calls={lambda('UpdateFunctionConfiguration', { FunctionName, Role })}
      onClose={onClose}
    >
      <ServiceRoleField
        label="Existing role"
        member="role"
        description="A role that lambda.amazonaws.com may take on."
        service="lambda.amazonaws.com"
        value={Role}
        onChange={setRole}
      />
      <PageLink href={`/iam/roles/${encodeURIComponent(roleName)}`}>
        {`View the ${shown(roleName)} role on the IAM console`}
      </PageLink>
    </FormModal>
  )
}

const principals = [
  { value: 'iot.amazonaws.com', label: 'AWS IoT' },
  { value: 'logs.amazonaws.com', label: 'CloudWatch Logs' },
]

function AddPermission({
  functionName: FunctionName,
  onClose,
}: {
  functionName: string
  onClose: () => void
}) {
  const session = useSession()
  const [Principal, setPrincipal] = useState('iot.amazonaws.com')
  const [StatementId, setStatementId] = useState('')
  const [SourceArn, setSourceArn] = useState('')
  return (
    <FormModal
      title="Add permissions"
      submitLabel="Save"
      calls={lambda('AddPermission', {
        FunctionName,
        StatementId,
        Action: 'lambda:InvokeFunction',
        Principal,
        ...(SourceArn !== '' && { SourceArn }),
        ...(session && { SourceAccount: session.accountId }),
      })}
      missing={StatementId === '' ? 'Give a statement ID first' : undefined}
      onClose={onClose}
    >
      <SelectField label="Service" value={Principal} choices={principals} onChange={setPrincipal} />
      <TextField label="Statement ID" member="statementId" value={StatementId} onChange={setStatementId} />
      <TextField
        label="Source ARN"
        member="sourceArn"
        placeholder={session && `arn:aws:iot:${session.region}:${session.accountId}:rule/name`}
        value={SourceArn}
        onChange={setSourceArn}
      />
    </FormModal>
  )
}
