/** A new function, with the role that it runs in. */
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tiles from '@cloudscape-design/components/tiles'
import { useRouter } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { OperationCall, Session } from '../../api/call.ts'
import { base64Of, encodeText } from '../../kit/bytes.ts'
import { SelectField, TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { ServiceRoleField, trustIn } from '../../kit/service-role-field.tsx'
import { useSession } from '../../kit/use-session.ts'
import { firstCode } from './first-code.ts'
import { lambda, runtimes } from './function.ts'
import { pack } from './package.ts'
import { useFunctions } from './use-functions.ts'

interface Draft {
  name: string
  runtime: string
  roleKind: 'new' | 'existing'
  roleArn: string
}

const service = 'lambda.amazonaws.com'
const basicPolicy = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

export function Page() {
  const router = useRouter()
  const session = useSession()
  const functions = useFunctions()
  const [draft, setDraft] = useState<Draft>({
    name: '',
    runtime: runtimes[0].value,
    roleKind: 'new',
    roleArn: '',
  })
  const suffix = useMemo(() => crypto.randomUUID().slice(0, 8), [])
  const change = (changed: Partial<Draft>) => setDraft({ ...draft, ...changed })
  const isTaken = functions.data?.some(({ FunctionName }) => FunctionName === draft.name) ?? false
  return (
    <FormPage
      title="Create function"
      submitLabel="Create function"
      cancelHref="/functions"
      calls={session ? callsFor(draft, session, `${draft.name}-role-${suffix}`) : []}
      missing={missingIn(draft, isTaken)}
      onDone={() => router.history.push(`/console/functions/${encodeURIComponent(draft.name)}`)}
    >
      <Tiles
        ariaLabel="How it begins"
        value="scratch"
        items={[
          {
            value: 'scratch',
            label: 'Author from scratch',
            description: 'Start with a simple Hello World example.',
          },
        ]}
      />
      <Container header={<Header variant="h2">Basic information</Header>}>
        <SpaceBetween size="m">
          <TextField
            label="Function name"
            member="functionName"
            constraintText="Letters, digits, hyphens, and underscores; at most 64."
            value={draft.name}
            onChange={(name) => change({ name })}
          />
          <SelectField
            label="Runtime"
            member="Runtime"
            description="Every Node.js runtime is the server's own Node; Python is the machine's."
            value={draft.runtime}
            choices={runtimes}
            onChange={(runtime) => change({ runtime })}
          />
        </SpaceBetween>
      </Container>
      <ExecutionRole draft={draft} onChange={change} newName={`${draft.name}-role-${suffix}`} />
    </FormPage>
  )
}

interface ExecutionRoleProps {
  draft: Draft
  newName: string
  onChange: (changed: Partial<Draft>) => void
}

function ExecutionRole({ draft, newName, onChange }: ExecutionRoleProps) {
  return (
    <Container
      header={
        <Header variant="h2" description="The function acts with the permissions of its execution role.">
          Permissions
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Execution role">
          <RadioGroup
            value={draft.roleKind}
            onChange={({ detail }) => onChange({ roleKind: detail.value as Draft['roleKind'] })}
            items={[
              {
                value: 'new',
                label: 'Create a new role with basic Lambda permissions',
                description: `It may write the function's logs (AWSLambdaBasicExecutionRole)${draft.name === '' ? '' : `, and is called ${newName}`}.`,
              },
              { value: 'existing', label: 'Use an existing role' },
            ]}
          />
        </FormField>
        {draft.roleKind === 'existing' ? (
          <ServiceRoleField
            label="Existing role"
            member="role"
            service={service}
            value={draft.roleArn}
            onChange={(roleArn) => onChange({ roleArn })}
          />
        ) : null}
      </SpaceBetween>
    </Container>
  )
}

function missingIn({ name, roleKind, roleArn }: Draft, isTaken: boolean): string | undefined {
  if (name === '') return 'Give the function a name first'
  if (isTaken) return 'There is a function of this name'
  return roleKind === 'existing' && roleArn === '' ? 'Choose a role first' : undefined
}

function callsFor({ name, runtime, roleKind, roleArn }: Draft, session: Session, newName: string) {
  const newArn = `arn:aws:iam::${session.accountId}:role/service-role/${newName}`
  const { path, text, handler } = firstCode(runtime)
  const create = lambda('CreateFunction', {
    FunctionName: name,
    Runtime: runtime,
    Handler: handler,
    Role: roleKind === 'new' ? newArn : roleArn,
    Code: { ZipFile: base64Of(pack(new Map([[path, encodeText(text)]]))) },
  })
  return roleKind === 'new' ? [...makeRole(newName), create] : [create]
}

/** As AWS's console does: a role of the function's own, which may write its logs. */
const makeRole = (RoleName: string): OperationCall[] => [
  {
    service: 'iam',
    operation: 'CreateRole',
    input: { RoleName, Path: '/service-role/', AssumeRolePolicyDocument: trustIn(service) },
  },
  { service: 'iam', operation: 'AttachRolePolicy', input: { RoleName, PolicyArn: basicPolicy } },
]
