import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { ServiceRoleField } from '../../kit/service-role-field.tsx'

interface RoleAliasValues {
  roleArn: string
  seconds: string
}

/** What a role alias says, as its form stands, and as the input of a call. */
export function useRoleAliasValues(before: RoleAliasValues) {
  const [values, setValues] = useState(before)
  const { roleArn, seconds } = values
  return {
    values,
    change: (changed: Partial<RoleAliasValues>) => setValues({ ...values, ...changed }),
    input: { roleArn, ...(seconds !== '' && { credentialDurationSeconds: Number(seconds) }) },
  }
}

interface RoleAliasFieldsProps {
  values: RoleAliasValues
  change: (changed: Partial<RoleAliasValues>) => void
}

export function RoleAliasFields({ values, change }: RoleAliasFieldsProps) {
  return (
    <>
      <ServiceRoleField
        label="Role"
        member="roleArn"
        description="A role that credentials.iot.amazonaws.com may take on."
        service="credentials.iot.amazonaws.com"
        value={values.roleArn}
        onChange={(roleArn) => change({ roleArn })}
      />
      <TextField
        label="Credential duration"
        member="credentialDurationSeconds"
        description="In seconds, 900 to 43,200."
        value={values.seconds}
        onChange={(seconds) => change({ seconds })}
      />
    </>
  )
}
