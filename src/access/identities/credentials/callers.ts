/** In whose name a credential acts (IAM User Guide, "IAM JSON policy elements: Principal", "Role session principals"). */
import type { Caller } from '../../../api/aws/caller.ts'
import { formatArn, iamArn } from '../../../lib/arn.ts'
import type { Identity } from '../entities/identity.ts'

export function rootCaller(accountId: string): Caller {
  return { accountId, kind: 'root', arn: iamArn(accountId, 'root'), userId: accountId }
}

export function userCaller(user: Identity): Caller {
  return {
    accountId: user.accountId,
    kind: 'user',
    arn: user.arn,
    userId: user.identityId,
    name: user.name,
  }
}

export function roleCaller(role: Identity, sessionName: string): Caller {
  const resource = `assumed-role/${role.name}/${sessionName}`
  return {
    accountId: role.accountId,
    kind: 'assumed-role',
    arn: formatArn({ service: 'sts', region: '', accountId: role.accountId, resource }),
    userId: `${role.identityId}:${sessionName}`,
    name: role.name,
  }
}

/** The unique id of the user or role behind a caller; `undefined` for root. */
export function identityIdOf({ kind, userId }: Caller): string | undefined {
  if (kind === 'root') return undefined
  const [identityId] = userId.split(':', 1)
  return identityId
}
