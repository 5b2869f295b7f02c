import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Multiselect from '@cloudscape-design/components/multiselect'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Field, TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { useCall } from '../../kit/use-call.ts'
import { namesOf, type Row } from '../resources/list.tsx'
import { iam, onIdentity } from './iam.ts'
import { NewAccessKey, type AccessKey } from './new-credentials.tsx'
import { PasswordField } from './password-field.tsx'
import { PolicyPicker } from './policy-picker.tsx'

export function Page() {
  const router = useRouter()
  const [made, setMade] = useState<AccessKey>()
  const [UserName, setName] = useState('')
  const [isProgrammatic, setProgrammatic] = useState(false)
  const [password, setPassword] = useState<string>()
  const [isResetRequired, setResetRequired] = useState(true)
  const [groups, setGroups] = useState<readonly string[]>([])
  const [arns, setArns] = useState<readonly string[]>([])
  const toUser = () => router.history.push(`/console/iam/users/${encodeURIComponent(UserName)}`)
  if (made) return <Retrieve accessKey={made} onDone={toUser} />
  return (
    <FormPage<{ AccessKey?: AccessKey }>
      title="Create user"
      submitLabel="Create user"
      calls={[
        iam('CreateUser', { UserName }),
        ...groups.map((GroupName) => iam('AddUserToGroup', { GroupName, UserName })),
        ...arns.map((PolicyArn) =>
          onIdentity({ kind: 'User', name: UserName }, ['Attach', 'Policy'], { PolicyArn }),
        ),
        ...(password === undefined
          ? []
          : [
              iam('CreateLoginProfile', {
                UserName,
                Password: password,
                PasswordResetRequired: isResetRequired,
              }),
            ]),
        ...(isProgrammatic ? [iam('CreateAccessKey', { UserName })] : []),
      ]}
      missing={
        UserName === '' ? 'Give the user a name first' : password === '' ? 'Give a password first' : undefined
      }
      cancelHref="/iam/users"
      onDone={(output) => (output.AccessKey ? setMade(output.AccessKey) : toUser())}
    >
      <Container header={<Header variant="h2">Specify user details</Header>}>
        <SpaceBetween size="l">
          <TextField label="User name" member="UserName" value={UserName} onChange={setName} />
          <Field label="Access type">
            <Checkbox
              checked={isProgrammatic}
              description="Makes an access key for the aws command line, SDKs, and other tools. Its secret is shown once."
              onChange={({ detail }) => setProgrammatic(detail.checked)}
            >
              Programmatic access
            </Checkbox>
            <Checkbox
              checked={password !== undefined}
              description="Signs in to this console with a password."
              onChange={({ detail }) => setPassword(detail.checked ? '' : undefined)}
            >
              Console access
            </Checkbox>
          </Field>
          {password === undefined ? null : (
            <>
              <PasswordField
                label="Custom password"
                member="Password"
                value={password}
                onChange={setPassword}
                isNew
              />
              <Checkbox
                checked={isResetRequired}
                description="It takes iam:ChangePassword: attach IAMUserChangePassword below."
                onChange={({ detail }) => setResetRequired(detail.checked)}
              >
                User must create new password at next sign-in
              </Checkbox>
            </>
          )}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Set permissions</Header>}>
        <SpaceBetween size="l">
          <Groups chosen={groups} onChange={setGroups} />
          <Box variant="h3">Attach existing policies directly</Box>
          <PolicyPicker chosen={arns} onChange={setArns} />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}

function Groups({ chosen, onChange }: { chosen: readonly string[]; onChange: (names: string[]) => void }) {
  const list = useCall<{ Groups?: Row[] }>(iam('ListGroups', { MaxItems: 200 }))
  const toOption = (name: string) => ({ value: name, label: name })
  return (
    <Field label="Add user to group - optional">
      <Multiselect
        options={namesOf(list.data?.Groups ?? [], 'GroupName').map(toOption)}
        selectedOptions={chosen.map(toOption)}
        placeholder="Choose groups"
        empty="There is no group yet."
        onChange={({ detail }) => onChange(detail.selectedOptions.map(({ value = '' }) => value))}
      />
    </Field>
  )
}

function Retrieve({ accessKey, onDone }: { accessKey: AccessKey; onDone: () => void }) {
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <Button variant="primary" onClick={onDone}>
            Done
          </Button>
        }
      >
        Retrieve access key
      </Header>
      <Container>
        <NewAccessKey accessKey={accessKey} />
      </Container>
      <CliEquivalent calls={[iam('CreateAccessKey', { UserName: accessKey.UserName })]} />
    </SpaceBetween>
  )
}
