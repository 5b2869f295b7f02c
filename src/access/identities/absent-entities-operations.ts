/**
 * Operations on what no identity of Muster ever has: instance profiles, SSH keys, signing certificates and the
 * like. Tools ask for them before they delete a user or a role, and expect empty lists.
 */
import type * as Iam from '@aws-sdk/client-iam'
import type { Operations } from '../../api/aws/operations.ts'
import type { IdentitiesDeps } from './commit-change.ts'
import { getIdentity } from './entities/identity-store.ts'

export function absentEntitiesOperations({ store }: Pick<IdentitiesDeps, 'store'>) {
  const checkUser = async (accountId: string, name: string | undefined) => {
    if (name !== undefined) await getIdentity(store.read, { accountId, kind: 'user', name })
  }
  return {
    async ListInstanceProfilesForRole({ RoleName }, { accountId }) {
      await getIdentity(store.read, { accountId, kind: 'role', name: RoleName })
      return { InstanceProfiles: [], IsTruncated: false }
    },
    async ListInstanceProfiles() {
      return { InstanceProfiles: [], IsTruncated: false }
    },
    async ListSSHPublicKeys({ UserName }, { accountId }) {
      await checkUser(accountId, UserName)
      return { SSHPublicKeys: [], IsTruncated: false }
    },
    async ListSigningCertificates({ UserName }, { accountId }) {
      await checkUser(accountId, UserName)
      return { Certificates: [], IsTruncated: false }
    },
    async ListServiceSpecificCredentials({ UserName }, { accountId }) {
      await checkUser(accountId, UserName)
      return { ServiceSpecificCredentials: [], IsTruncated: false }
    },
  } satisfies Partial<Operations<typeof Iam>>
}
