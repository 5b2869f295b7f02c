import Checkbox from '@cloudscape-design/components/checkbox'
import { NameField } from '../../kit/name-field.tsx'
import { authorizerNamesIn, iot } from '../resources/list.tsx'
import type { AuthorizerConfig } from './domain.ts'

interface AuthorizerFieldsProps {
  config: AuthorizerConfig
  onChange: (config: AuthorizerConfig) => void
}

/** Who is asked about clients that ask for this name. */
export function AuthorizerFields({ config, onChange }: AuthorizerFieldsProps) {
  const { defaultAuthorizerName = '', allowAuthorizerOverride = false } = config
  return (
    <>
      <NameField
        label="Default authorizer - optional"
        member="defaultAuthorizerName"
        description="Of clients that name none; without one, the account's default."
        call={iot('ListAuthorizers', { pageSize: 100 })}
        namesOf={authorizerNamesIn}
        value={defaultAuthorizerName}
        onChange={(name) =>
          onChange({
            ...(name !== '' && { defaultAuthorizerName: name }),
            ...(allowAuthorizerOverride && { allowAuthorizerOverride }),
          })
        }
      />
      <Checkbox
        checked={allowAuthorizerOverride}
        onChange={({ detail }) =>
          onChange({
            ...(defaultAuthorizerName !== '' && { defaultAuthorizerName }),
            ...(detail.checked && { allowAuthorizerOverride: true }),
          })
        }
      >
        Clients may name another authorizer
      </Checkbox>
    </>
  )
}
