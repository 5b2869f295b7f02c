import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeRoleAlias answers. */
export interface RoleAlias {
  roleAlias: string
  roleAliasArn: string
  roleArn: string
  credentialDurationSeconds: number
  creationDate?: number
  lastModifiedDate?: number
}

/** What can be done to role aliases, from their list and from their page. */
export const roleAliasActions = (names: readonly string[], onDeleted?: () => void): Action[] => [
  {
    label: 'Delete',
    question: 'Devices get no credentials by it any more; those that they have hold until they expire.',
    typed: 'delete',
    operation: names.map((roleAlias) => iot('DeleteRoleAlias', { roleAlias })),
    onDone: onDeleted,
  },
]
