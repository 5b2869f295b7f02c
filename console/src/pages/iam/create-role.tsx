import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tiles from '@cloudscape-design/components/tiles'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { getSession } from '../../api/call.ts'
import { Field, TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { DocumentField } from './document-field.tsx'
import { documentFault, iam, onIdentity } from './iam.ts'
import { PolicyPicker } from './policy-picker.tsx'
import { trustAccount, trustService, useCases } from './trust.ts'

type Entity = 'service' | 'account' | 'custom'

export function Page() {
  const router = useRouter()
  const [RoleName, setName] = useState('')
  const [Description, setDescription] = useState('')
  const [trust, setTrust] = useState('')
  const [arns, setArns] = useState<readonly string[]>([])
  const missing =
    trust === ''
      ? 'Select a trusted entity first'
      : RoleName === ''
        ? 'Give the role a name first'
        : documentFault(trust)
  return (
    <FormPage
      title="Create role"
      submitLabel="Create role"
      calls={[
        iam('CreateRole', {
          RoleName,
          ...(Description !== '' && { Description }),
          AssumeRolePolicyDocument: trust,
        }),
        ...arns.map((PolicyArn) =>
          onIdentity({ kind: 'Role', name: RoleName }, ['Attach', 'Policy'], { PolicyArn }),
        ),
      ]}
      missing={missing}
      cancelHref="/iam/roles"
      onDone={() => router.history.push(`/console/iam/roles/${encodeURIComponent(RoleName)}`)}
    >
      <Container header={<Header variant="h2">Select trusted entity</Header>}>
        <TrustedEntity trust={trust} onTrust={setTrust} onPolicies={setArns} />
      </Container>
      <Container header={<Header variant="h2">Add permissions</Header>}>
        <PolicyPicker chosen={arns} onChange={setArns} />
      </Container>
      <Container header={<Header variant="h2">Name, review, and create</Header>}>
        <SpaceBetween size="l">
          <TextField label="Role name" member="RoleName" value={RoleName} onChange={setName} />
          <TextField
            label="Description - optional"
            member="Description"
            value={Description}
            onChange={setDescription}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}

interface TrustedEntityProps {
  trust: string
  onTrust: (document: string) => void
  /** The policies that go with the choice. */
  onPolicies: (arns: readonly string[]) => void
}

function TrustedEntity({ trust, onTrust, onPolicies }: TrustedEntityProps) {
  const { data: session } = useQuery({ queryKey: ['session'], queryFn: getSession })
  const [entity, setEntity] = useState<Entity>('service')
  const [useCase, setUseCase] = useState<string | null>(null)
  const chooseEntity = (chosen: Entity) => {
    setEntity(chosen)
    setUseCase(null)
    onTrust(chosen === 'service' ? '' : trustAccount(session?.accountId ?? ''))
  }
  return (
    <SpaceBetween size="l">
      <Field label="Trusted entity type">
        <Tiles
          value={entity}
          ariaLabel="Trusted entity type"
          onChange={({ detail }) => chooseEntity(detail.value as Entity)}
          items={[
            { value: 'service', label: 'AWS service', description: 'A service acts in this account.' },
            { value: 'account', label: 'AWS account', description: 'Users and roles of this account act.' },
            { value: 'custom', label: 'Custom trust policy', description: 'Written by hand.' },
          ]}
        />
      </Field>
      {entity === 'service' ? (
        <Field label="Use case" description="The service that will use this role.">
          <RadioGroup
            value={useCase}
            ariaLabel="Use case"
            items={useCases.map(({ value, label, description }) => ({ value, label, description }))}
            onChange={({ detail }) => {
              setUseCase(detail.value)
              onTrust(trustService(detail.value))
              onPolicies(useCases.find(({ value }) => value === detail.value)?.policies ?? [])
            }}
          />
        </Field>
      ) : null}
      {entity === 'custom' ? (
        <DocumentField
          label="Custom trust policy"
          member="AssumeRolePolicyDocument"
          value={trust}
          onChange={onTrust}
        />
      ) : null}
    </SpaceBetween>
  )
}
