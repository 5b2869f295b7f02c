import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionButtons } from '../../kit/action-buttons.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { FormModal } from '../../kit/form.tsx'
import { shown } from '../../kit/shown.ts'
import { Tags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { RoleAliasFields, useRoleAliasValues } from './fields.tsx'
import { roleAliasActions, type RoleAlias } from './role-alias.ts'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const describe = iot('DescribeRoleAlias', { roleAlias: id })
  const described = useCall<{ roleAliasDescription: RoleAlias }>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const { roleAliasDescription: alias } = described.data
  const edit = {
    label: 'Edit',
    needs: iot('UpdateRoleAlias'),
    form: (close: () => void) => <RoleAliasForm alias={alias} onClose={close} />,
  }
  const others = roleAliasActions([id], () => router.history.push('/console/role-aliases'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<ActionButtons actions={[edit, ...others]} />}>
        {shown(id)}
      </Header>
      <Details
        title="Details"
        facts={{
          'Role alias ARN': <Copyable text={alias.roleAliasArn} what="the ARN" />,
          Role: shown(alias.roleArn),
          'Credential duration': `${alias.credentialDurationSeconds} seconds`,
          Created: showTime(alias.creationDate),
          'Last modified': showTime(alias.lastModifiedDate),
        }}
      />
      <Tags resourceArn={alias.roleAliasArn} />
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}

function RoleAliasForm({ alias, onClose }: { alias: RoleAlias; onClose: () => void }) {
  const { roleAlias, roleArn, credentialDurationSeconds } = alias
  const { values, change, input } = useRoleAliasValues({
    roleArn,
    seconds: String(credentialDurationSeconds),
  })
  return (
    <FormModal
      title="Edit role alias"
      submitLabel="Save changes"
      calls={iot('UpdateRoleAlias', { roleAlias, ...input })}
      onClose={onClose}
    >
      <RoleAliasFields values={values} change={change} />
    </FormModal>
  )
}
