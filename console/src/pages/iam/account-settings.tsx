/** What holds for all users of the account. */
import Checkbox from '@cloudscape-design/components/checkbox'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, getSession } from '../../api/call.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { Field, TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'
import { iam } from './iam.ts'

const listAliases = iam('ListAccountAliases')
const getPolicy = iam('GetAccountPasswordPolicy')

export function Page() {
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Account settings</Header>
      <Account />
      <PasswordPolicy />
      <CliEquivalent calls={[listAliases, getPolicy]} />
    </SpaceBetween>
  )
}

function Account() {
  const { data: session } = useQuery({ queryKey: ['session'], queryFn: getSession })
  const listed = useCall<{ AccountAliases?: string[] }>(listAliases)
  const alias = listed.data?.AccountAliases?.[0]
  if (listed.error) return <Failure error={listed.error} />
  return (
    <Details
      title="Account"
      facts={{ 'Account ID': session?.accountId, 'Account alias': alias && shown(alias) }}
      actions={
        <ActionsMenu
          label="Account alias"
          actions={[
            {
              label: 'Create or edit',
              needs: iam('CreateAccountAlias'),
              form: (close) => <AliasForm present={alias ?? ''} onClose={close} />,
            },
            {
              label: 'Delete',
              question: 'People then sign in with the account ID.',
              disabledReason: alias === undefined ? 'There is none' : undefined,
              operation: iam('DeleteAccountAlias', { AccountAlias: alias }),
            },
          ]}
        />
      }
    />
  )
}

function AliasForm({ present, onClose }: { present: string; onClose: () => void }) {
  const [AccountAlias, setAlias] = useState(present)
  return (
    <FormModal
      title="Account alias"
      submitLabel="Save changes"
      calls={iam('CreateAccountAlias', { AccountAlias })}
      missing={AccountAlias === present ? 'Change something first' : undefined}
      onClose={onClose}
    >
      <TextField label="Preferred alias" member="AccountAlias" value={AccountAlias} onChange={setAlias} />
    </FormModal>
  )
}

interface Policy {
  MinimumPasswordLength?: number
  RequireUppercaseCharacters?: boolean
  RequireLowercaseCharacters?: boolean
  RequireNumbers?: boolean
  RequireSymbols?: boolean
  AllowUsersToChangePassword?: boolean
  MaxPasswordAge?: number
  PasswordReusePrevention?: number
  HardExpiry?: boolean
}

const switches = [
  ['RequireUppercaseCharacters', 'Require at least one uppercase letter'],
  ['RequireLowercaseCharacters', 'Require at least one lowercase letter'],
  ['RequireNumbers', 'Require at least one number'],
  ['RequireSymbols', 'Require at least one non-alphanumeric character'],
  ['AllowUsersToChangePassword', 'Allow users to change their own password'],
  ['HardExpiry', 'Password expiration requires administrator reset'],
] as const

const numbers = [
  ['MinimumPasswordLength', 'Minimum length'],
  ['MaxPasswordAge', 'Days until a password expires - optional'],
  ['PasswordReusePrevention', 'Earlier passwords that may not come again - optional'],
] as const

const none: Policy = { MinimumPasswordLength: 8 }

function PasswordPolicy() {
  const got = useCall<{ PasswordPolicy: Policy }>(getPolicy)
  const isAbsent = got.error instanceof ApiError && got.error.code.startsWith('NoSuchEntity')
  if (got.error && !isAbsent) return <Failure error={got.error} />
  const policy = isAbsent ? undefined : got.data?.PasswordPolicy
  const facts = policy && {
    ...Object.fromEntries(
      numbers.map(([member, label]) => [label.replace(' - optional', ''), policy[member]]),
    ),
    ...Object.fromEntries(switches.map(([member, label]) => [label, policy[member] === true ? 'Yes' : 'No'])),
  }
  return (
    <Details
      title="Password policy"
      facts={
        facts ?? {
          'This account has none of its own': 'At least 8 characters of three kinds, not the user name',
        }
      }
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ActionButton
            label="Edit"
            needs={iam('UpdateAccountPasswordPolicy')}
            form={(close) => <PolicyForm present={policy ?? none} onClose={close} />}
          />
          <ActionButton
            label="Delete"
            question="What holds for accounts without a policy holds then."
            disabledReason={policy ? undefined : 'There is none'}
            operation={iam('DeleteAccountPasswordPolicy')}
          />
        </SpaceBetween>
      }
    />
  )
}

function PolicyForm({ present, onClose }: { present: Policy; onClose: () => void }) {
  const [policy, setPolicy] = useState<Policy>(() =>
    Object.fromEntries(
      [...numbers, ...switches].flatMap(([member]) =>
        present[member] === undefined ? [] : [[member, present[member]]],
      ),
    ),
  )
  const change = (changed: Policy) => setPolicy({ ...policy, ...changed })
  return (
    <FormModal
      title="Edit password policy"
      submitLabel="Save changes"
      calls={iam('UpdateAccountPasswordPolicy', policy)}
      onClose={onClose}
    >
      {numbers.map(([member, label]) => (
        <Field key={member} label={label} member={member}>
          <Input
            type="number"
            value={String(policy[member] ?? '')}
            onChange={({ detail }) =>
              change({ [member]: detail.value === '' ? undefined : Number(detail.value) })
            }
          />
        </Field>
      ))}
      <SpaceBetween size="xs">
        {switches.map(([member, label]) => (
          <Checkbox
            key={member}
            checked={policy[member] === true}
            onChange={({ detail }) => change({ [member]: detail.checked })}
          >
            {label}
          </Checkbox>
        ))}
      </SpaceBetween>
    </FormModal>
  )
}
