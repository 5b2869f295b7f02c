/** What whoever is signed in signs in with. */
import Alert from '@cloudscape-design/components/alert'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { getSession } from '../../api/call.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Details } from '../../kit/details.tsx'
import { FormModal } from '../../kit/form.tsx'
import { shown } from '../../kit/shown.ts'
import { AccessKeys } from './access-keys.tsx'
import { iam, nameOfArn } from './iam.ts'
import { MfaDevices } from './mfa-devices.tsx'
import { PasswordField } from './password-field.tsx'

export function Page() {
  const { data: session } = useQuery({ queryKey: ['session'], queryFn: getSession })
  if (!session) return null
  const { arn } = session
  const userName = arn.includes(':user/') ? nameOfArn(arn) : undefined
  return (
    <SpaceBetween size="l">
      <Header variant="h1">My security credentials</Header>
      <Details
        title="Account details"
        facts={{
          Identity: shown(arn),
          'Signed in with': session.accessKeyId ?? 'Password',
        }}
        actions={
          userName === undefined ? null : (
            <ActionButton
              label="Update password"
              needs={iam('ChangePassword')}
              form={(close) => <PasswordForm onClose={close} />}
            />
          )
        }
      />
      {userName === undefined ? (
        <Alert type="info">
          Passwords and MFA devices are for users. Make one, and keep this identity for emergencies.
        </Alert>
      ) : (
        <MfaDevices userName={userName} />
      )}
      {arn.includes(':assumed-role/') ? null : <AccessKeys />}
      <CliEquivalent calls={[{ service: 'sts', operation: 'GetCallerIdentity' }]} />
    </SpaceBetween>
  )
}

function PasswordForm({ onClose }: { onClose: () => void }) {
  const [OldPassword, setOld] = useState('')
  const [NewPassword, setNew] = useState('')
  const [again, setAgain] = useState('')
  const missing =
    OldPassword === '' || NewPassword === ''
      ? 'Give both passwords first'
      : NewPassword === again
        ? undefined
        : 'The new passwords are not the same'
  return (
    <FormModal
      title="Update password"
      submitLabel="Update password"
      calls={iam('ChangePassword', { OldPassword, NewPassword })}
      missing={missing}
      onClose={onClose}
    >
      <PasswordField label="Current password" member="OldPassword" value={OldPassword} onChange={setOld} />
      <PasswordField
        label="New password"
        member="NewPassword"
        description="Sessions that began with the current one end, this one among them."
        value={NewPassword}
        onChange={setNew}
        isNew
      />
      <PasswordField label="Confirm new password" value={again} onChange={setAgain} isNew />
    </FormModal>
  )
}
