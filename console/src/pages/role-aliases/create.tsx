import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { iot } from '../resources/list.tsx'
import { RoleAliasFields, useRoleAliasValues } from './fields.tsx'

export function Page() {
  const router = useRouter()
  const [roleAlias, setName] = useState('')
  const { values, change, input } = useRoleAliasValues({ roleArn: '', seconds: '3600' })
  return (
    <FormPage
      title="Create role alias"
      description="Devices trade their certificates for credentials of its role."
      submitLabel="Create"
      calls={iot('CreateRoleAlias', { roleAlias, ...input })}
      missing={roleAlias === '' ? 'Give the role alias a name first' : undefined}
      cancelHref="/role-aliases"
      onDone={() => router.history.push(`/console/role-aliases/${encodeURIComponent(roleAlias)}`)}
    >
      <Container>
        <SpaceBetween size="l">
          <TextField label="Role alias name" member="roleAlias" value={roleAlias} onChange={setName} />
          <RoleAliasFields values={values} change={change} />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
