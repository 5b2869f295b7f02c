/** Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS IoT". */
import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { roleAliasArn } from './role-alias.ts'

const onRoleAlias = ({ roleAlias }: { roleAlias: string }, scope: ArnScope) => ({
  resources: [roleAliasArn(scope, roleAlias)],
})

export const roleAliasesPermissions = {
  CreateRoleAlias: onRoleAlias,
  DescribeRoleAlias: onRoleAlias,
  UpdateRoleAlias: onRoleAlias,
  DeleteRoleAlias: onRoleAlias,
  ListRoleAliases: () => ({ resources: ['*'] }),
} satisfies Partial<Permissions<typeof Iot>>
