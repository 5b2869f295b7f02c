import type * as Iam from '@aws-sdk/client-iam'
import type * as Sts from '@aws-sdk/client-sts'
import type { Permissions, RequiredPermission } from '../../api/aws/operations.ts'
import { iamArn, type ArnScope } from '../../lib/arn.ts'
import { iamTargets } from './authorization/iam-targets.ts'

const thePolicy = ({ PolicyArn }: { PolicyArn: string }): RequiredPermission => ({ resources: [PolicyArn] })

const everything = (): RequiredPermission => ({ resources: ['*'] })

/** Lists are asked about with the path they are narrowed to, as AWS does. */
const under =
  (kind: 'user' | 'group' | 'role') =>
  (
    { PathPrefix = '/' }: { PathPrefix?: string | undefined },
    { accountId }: ArnScope,
  ): RequiredPermission => ({
    resources: [iamArn(accountId, `${kind}${PathPrefix}`)],
  })

export const iamPermissions = {
  ...decidedByHandler(iamTargets),
  ListUsers: under('user'),
  ListGroups: under('group'),
  ListRoles: under('role'),
  CreatePolicy: ({ PolicyName, Path = '/' }, { accountId }) => ({
    resources: [iamArn(accountId, `policy${Path}${PolicyName}`)],
  }),
  GetPolicy: thePolicy,
  ListPolicies: everything,
  DeletePolicy: thePolicy,
  CreatePolicyVersion: thePolicy,
  GetPolicyVersion: thePolicy,
  ListPolicyVersions: thePolicy,
  SetDefaultPolicyVersion: thePolicy,
  DeletePolicyVersion: thePolicy,
  ListEntitiesForPolicy: thePolicy,
  TagPolicy: thePolicy,
  UntagPolicy: thePolicy,
  ListPolicyTags: thePolicy,
  SimulatePrincipalPolicy: ({ PolicySourceArn }) => ({ resources: [PolicySourceArn] }),
  SimulateCustomPolicy: everything,
  ListInstanceProfiles: everything,
  CreateAccountAlias: everything,
  DeleteAccountAlias: everything,
  ListAccountAliases: everything,
  UpdateAccountPasswordPolicy: everything,
  GetAccountPasswordPolicy: everything,
  DeleteAccountPasswordPolicy: everything,
  ChangePassword: () => ({ resources: [] }), // the password policy may allow it to everybody: the handler asks
  CreateVirtualMFADevice: ({ VirtualMFADeviceName, Path = '/' }, { accountId }) => ({
    resources: [iamArn(accountId, `mfa${Path}${VirtualMFADeviceName}`)],
  }),
  DeleteVirtualMFADevice: ({ SerialNumber }) => ({ resources: [SerialNumber] }),
  ListVirtualMFADevices: everything,
} satisfies Partial<Permissions<typeof Iam>>

/** Nobody needs a permission to ask who they are, or for a session of their own; a role's trust decides the rest. */
export const stsPermissions = {
  GetCallerIdentity: () => ({ resources: [] }),
  GetSessionToken: () => ({ resources: [] }),
  AssumeRole: () => ({ resources: [] }),
} satisfies Partial<Permissions<typeof Sts>>

/** The handlers look up the path of what is named and ask for the permission themselves. */
function decidedByHandler<Name extends string>(
  targets: Record<Name, unknown>,
): Record<Name, () => RequiredPermission> {
  const entries = Object.keys(targets).map((name) => [name, () => ({ resources: [] })])
  return Object.fromEntries(entries) as Record<Name, () => RequiredPermission>
}
