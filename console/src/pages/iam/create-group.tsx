import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { iam, onIdentity } from './iam.ts'
import { PolicyPicker } from './policy-picker.tsx'

export function Page() {
  const router = useRouter()
  const [GroupName, setName] = useState('')
  const [arns, setArns] = useState<readonly string[]>([])
  return (
    <FormPage
      title="Create user group"
      submitLabel="Create user group"
      calls={[
        iam('CreateGroup', { GroupName }),
        ...arns.map((PolicyArn) =>
          onIdentity({ kind: 'Group', name: GroupName }, ['Attach', 'Policy'], { PolicyArn }),
        ),
      ]}
      missing={GroupName === '' ? 'Give the group a name first' : undefined}
      cancelHref="/iam/groups"
      onDone={() => router.history.push(`/console/iam/groups/${encodeURIComponent(GroupName)}`)}
    >
      <Container header={<Header variant="h2">Name the group</Header>}>
        <TextField label="User group name" member="GroupName" value={GroupName} onChange={setName} />
      </Container>
      <Container header={<Header variant="h2">Attach permissions policies - optional</Header>}>
        <PolicyPicker chosen={arns} onChange={setArns} />
      </Container>
    </FormPage>
  )
}
