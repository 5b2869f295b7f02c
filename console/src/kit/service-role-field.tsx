/** A role that a service acts in: chosen, or made here with just what it needs. */
import Button from '@cloudscape-design/components/button'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { OperationCall } from '../api/call.ts'
import { SelectField, TextField } from './field.tsx'
import { FormModal } from './form.tsx'
import { PageLink } from './page-link.tsx'
import { useCall } from './use-call.ts'
import { useMissingPermissions } from './permissions.ts'

interface Role {
  RoleName: string
  Arn: string
  AssumeRolePolicyDocument: string
}

export interface ServiceRoleFieldProps {
  label: string
  member?: string
  description?: string
  value: string
  onChange: (roleArn: string) => void
  /** Who takes the role on, e.g. `iot.amazonaws.com`. */
  service: string
  /** What a role that is made here may do; without it none can be made. */
  statement?: object | undefined
  suggestedName?: string
}

const listRoles: OperationCall = { service: 'iam', operation: 'ListRoles', input: { MaxItems: 1000 } }

/** The document comes as IAM sends it, encoded for addresses. */
function trusts({ AssumeRolePolicyDocument: document }: Role, service: string): boolean {
  try {
    return decodeURIComponent(document).includes(`"${service}"`)
  } catch {
    return document.includes(`"${service}"`)
  }
}

export const nameOfRole = (roleArn: string) => roleArn.split('/').at(-1) ?? ''

export function ServiceRoleField({
  value,
  onChange,
  service,
  statement,
  suggestedName,
  ...field
}: ServiceRoleFieldProps) {
  const [isMaking, setMaking] = useState(false)
  const roles = useCall<{ Roles?: Role[] }>(listRoles)
  const usable = (roles.data?.Roles ?? []).filter((role) => trusts(role, service))
  const [denied] = useMissingPermissions([[create, put]])
  return (
    <SpaceBetween size="xs">
      <SelectField
        {...field}
        value={value}
        onChange={onChange}
        placeholder="Choose an IAM role"
        isLoading={roles.isLoading}
        choices={usable.map(({ Arn, RoleName }) => ({ value: Arn, label: RoleName, description: Arn }))}
      />
      <SpaceBetween direction="horizontal" size="m" alignItems="center">
        {statement === undefined ? null : (
          <Button
            formAction="none"
            disabled={denied !== undefined}
            disabledReason={denied}
            onClick={() => setMaking(true)}
          >
            Create new role
          </Button>
        )}
        {value === '' ? null : (
          <PageLink href={`/iam/roles/${encodeURIComponent(nameOfRole(value))}`}>View</PageLink>
        )}
      </SpaceBetween>
      {isMaking ? (
        <NewRole
          service={service}
          statement={statement ?? {}}
          suggestedName={suggestedName ?? ''}
          onClose={() => setMaking(false)}
          onMade={onChange}
        />
      ) : null}
    </SpaceBetween>
  )
}

const create: OperationCall = { service: 'iam', operation: 'CreateRole' }
const put: OperationCall = { service: 'iam', operation: 'PutRolePolicy' }

const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

/** What lets a service take a role on. */
export const trustIn = (service: string) =>
  document({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' })

interface NewRoleProps {
  service: string
  statement: object
  suggestedName: string
  onClose: () => void
  onMade: (roleArn: string) => void
}

function NewRole({ service, statement, suggestedName, onClose, onMade }: NewRoleProps) {
  const [RoleName, setName] = useState(suggestedName)
  const roles = useCall<{ Roles?: Role[] }>(listRoles)
  const get: OperationCall = { service: 'iam', operation: 'GetRole', input: { RoleName } }
  const isTaken = (roles.data?.Roles ?? []).some((role) => role.RoleName === RoleName)
  return (
    <FormModal<{ Role: Role }>
      title="Create role"
      submitLabel="Create"
      missing={
        RoleName === '' ? 'Give it a name first' : isTaken ? 'There is a role of this name' : undefined
      }
      calls={[
        { ...create, input: { RoleName, AssumeRolePolicyDocument: trustIn(service) } },
        { ...put, input: { RoleName, PolicyName: RoleName, PolicyDocument: document(statement) } },
        get,
      ]}
      onClose={onClose}
      onDone={({ Role }) => onMade(Role.Arn)}
    >
      <TextField label="Role name" member="roleName" value={RoleName} onChange={setName} />
      <Box variant="p">{service} may take it on, and it allows:</Box>
      <pre>{JSON.stringify(statement, undefined, 2)}</pre>
    </FormModal>
  )
}
