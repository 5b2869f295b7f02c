import type * as Iam from '@aws-sdk/client-iam'
import type { Operations } from '../../api/aws/operations.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { attachPolicy, detachPolicy, listAttachedPolicyArns } from './documents/attached-policy-store.ts'
import { getIdentity, type IdentityName } from './entities/identity-store.ts'
import { pageOf, type PageRequest } from './entities/page.ts'

export function attachedPoliciesOperations(deps: IdentitiesDeps) {
  const attach = async (identity: IdentityName, policyArn: string) => {
    await commitChange(deps, identity.accountId, async (db) => {
      const found = await getIdentity(db, identity)
      await attachPolicy(db, found, policyArn)
      return { arn: found.arn, output: undefined }
    })
  }
  const detach = async (identity: IdentityName, policyArn: string) => {
    await commitChange(deps, identity.accountId, async (db) => {
      const found = await getIdentity(db, identity)
      await detachPolicy(db, found, policyArn)
      return { arn: found.arn, output: undefined }
    })
  }
  const list = async (identity: IdentityName, request: PageRequest & { PathPrefix?: string | undefined }) => {
    const { PathPrefix = '/' } = request
    const arns = await listAttachedPolicyArns(deps.store.read, await getIdentity(deps.store.read, identity))
    const chosen = arns.filter((arn) => pathOf(arn).startsWith(PathPrefix))
    const { rows, page } = pageOf(chosen, (arn) => arn, request)
    return {
      AttachedPolicies: rows.map((arn) => ({ PolicyName: nameOf(arn), PolicyArn: arn })),
      ...page,
    }
  }
  return {
    async AttachUserPolicy({ UserName, PolicyArn }, { accountId }) {
      await attach({ accountId, kind: 'user', name: UserName }, PolicyArn)
    },
    async AttachGroupPolicy({ GroupName, PolicyArn }, { accountId }) {
      await attach({ accountId, kind: 'group', name: GroupName }, PolicyArn)
    },
    async AttachRolePolicy({ RoleName, PolicyArn }, { accountId }) {
      await attach({ accountId, kind: 'role', name: RoleName }, PolicyArn)
    },

    async DetachUserPolicy({ UserName, PolicyArn }, { accountId }) {
      await detach({ accountId, kind: 'user', name: UserName }, PolicyArn)
    },
    async DetachGroupPolicy({ GroupName, PolicyArn }, { accountId }) {
      await detach({ accountId, kind: 'group', name: GroupName }, PolicyArn)
    },
    async DetachRolePolicy({ RoleName, PolicyArn }, { accountId }) {
      await detach({ accountId, kind: 'role', name: RoleName }, PolicyArn)
    },

    async ListAttachedUserPolicies(input, { accountId }) {
      return await list({ accountId, kind: 'user', name: input.UserName }, input)
    },
    async ListAttachedGroupPolicies(input, { accountId }) {
      return await list({ accountId, kind: 'group', name: input.GroupName }, input)
    },
    async ListAttachedRolePolicies(input, { accountId }) {
      return await list({ accountId, kind: 'role', name: input.RoleName }, input)
    },
  } satisfies Partial<Operations<typeof Iam>>
}

/** `/service-role/` of `arn:aws:iam::aws:policy/service-role/AWSIoTLogging`. */
function pathOf(policyArn: string): string {
  return policyArn.slice(policyArn.indexOf('/'), policyArn.lastIndexOf('/') + 1)
}

function nameOf(policyArn: string): string {
  return policyArn.slice(policyArn.lastIndexOf('/') + 1)
}
