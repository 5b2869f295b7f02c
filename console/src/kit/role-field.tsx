import { NameField } from './name-field.tsx'

interface RoleFieldProps {
  label?: string
  member?: string
  value: string
  onChange: (arn: string) => void
}

const listRoles = { service: 'iam', operation: 'ListRoles', input: { MaxItems: 200 } }
const arnsIn = (output: Record<string, unknown>) =>
  ((output['Roles'] ?? []) as { Arn: string }[]).map(({ Arn }) => Arn)

/** The ARN of a role. */
export function RoleField({ label = 'Provisioning role', member = 'roleArn', ...field }: RoleFieldProps) {
  return <NameField label={label} member={member} call={listRoles} namesOf={arnsIn} {...field} />
}
