/** Whether a user signs in to the console with a password. */
import Checkbox from '@cloudscape-design/components/checkbox'
import { useState } from 'react'
import { ApiError } from '../../api/call.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import type { Action } from '../../kit/action.ts'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { FormModal } from '../../kit/form.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { iam } from './iam.ts'
import { PasswordField } from './password-field.tsx'

interface LoginProfile {
  CreateDate: number
  PasswordResetRequired?: boolean
}

export function ConsoleAccess({ userName: UserName }: { userName: string }) {
  const got = useCall<{ LoginProfile: LoginProfile }>(iam('GetLoginProfile', { UserName }))
  const isAbsent = got.error instanceof ApiError && got.error.code.startsWith('NoSuchEntity')
  if (got.error && !isAbsent) return <Failure error={got.error} />
  const profile = isAbsent ? undefined : got.data?.LoginProfile
  return (
    <Details
      title="Console sign-in"
      facts={{
        'Console password': profile ? 'Enabled' : 'Not enabled',
        Since: profile && showTime(profile.CreateDate),
        'Must be changed': profile && (profile.PasswordResetRequired === true ? 'At the next sign-in' : 'No'),
      }}
      actions={
        profile ? (
          <ActionsMenu label="Manage console access" actions={manage(UserName)} />
        ) : (
          <ActionButton
            label="Enable console access"
            needs={iam('CreateLoginProfile')}
            form={(close) => (
              <PasswordForm
                title="Enable console access"
                operation="CreateLoginProfile"
                {...{ UserName, close }}
              />
            )}
          />
        )
      }
    />
  )
}

const manage = (UserName: string): Action[] => [
  {
    label: 'Update password',
    needs: iam('UpdateLoginProfile'),
    form: (close) => (
      <PasswordForm title="Update password" operation="UpdateLoginProfile" {...{ UserName, close }} />
    ),
  },
  {
    label: 'Disable console access',
    question: 'The password is gone, and who is signed in with it is signed out at once.',
    operation: iam('DeleteLoginProfile', { UserName }),
  },
]

interface PasswordFormProps {
  title: string
  operation: 'CreateLoginProfile' | 'UpdateLoginProfile'
  UserName: string
  close: () => void
}

function PasswordForm({ title, operation, UserName, close }: PasswordFormProps) {
  const [Password, setPassword] = useState('')
  const [PasswordResetRequired, setResetRequired] = useState(true)
  return (
    <FormModal
      title={title}
      submitLabel={title}
      calls={iam(operation, { UserName, Password, PasswordResetRequired })}
      missing={Password === '' ? 'Give a password first' : undefined}
      onClose={close}
    >
      <PasswordField
        label="Custom password"
        member="Password"
        description="Whoever is signed in with the present one is signed out."
        value={Password}
        onChange={setPassword}
        isNew
      />
      <Checkbox
        checked={PasswordResetRequired}
        description="They need iam:ChangePassword for it, as the policy IAMUserChangePassword grants."
        onChange={({ detail }) => setResetRequired(detail.checked)}
      >
        User must create new password at next sign-in
      </Checkbox>
    </FormModal>
  )
}
