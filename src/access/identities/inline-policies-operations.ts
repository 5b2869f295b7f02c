import type * as Iam from '@aws-sdk/client-iam'
import type { Operations } from '../../api/aws/operations.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { checkDocument, encodeDocument } from './documents/document.ts'
import {
  deleteInlinePolicy,
  getInlinePolicy,
  listInlinePolicies,
  putInlinePolicy,
} from './documents/inline-policy-store.ts'
import { getIdentity, type IdentityName } from './entities/identity-store.ts'
import { pageOf, type PageRequest } from './entities/page.ts'

export function inlinePoliciesOperations(deps: IdentitiesDeps) {
  const put = async (identity: IdentityName, policyName: string, document: string) => {
    checkDocument(document, 'inline')
    await commitChange(deps, identity.accountId, async (db) => {
      const found = await getIdentity(db, identity)
      await putInlinePolicy(db, found, { policyName, document })
      return { arn: found.arn, output: undefined }
    })
  }
  const get = async (identity: IdentityName, policyName: string) => {
    const { document } = await getInlinePolicy(
      deps.store.read,
      await getIdentity(deps.store.read, identity),
      policyName,
    )
    return { PolicyName: policyName, PolicyDocument: encodeDocument(document) }
  }
  const list = async (identity: IdentityName, request: PageRequest) => {
    const policies = await listInlinePolicies(deps.store.read, await getIdentity(deps.store.read, identity))
    const { rows, page } = pageOf(policies, ({ policyName }) => policyName, request)
    return { PolicyNames: rows.map(({ policyName }) => policyName), ...page }
  }
  const remove = async (identity: IdentityName, policyName: string) => {
    await commitChange(deps, identity.accountId, async (db) => {
      const found = await getIdentity(db, identity)
      await deleteInlinePolicy(db, found, policyName)
      return { arn: found.arn, output: undefined }
    })
  }
  return {
    async PutUserPolicy({ UserName, PolicyName, PolicyDocument }, { accountId }) {
      await put({ accountId, kind: 'user', name: UserName }, PolicyName, PolicyDocument)
    },
    async PutGroupPolicy({ GroupName, PolicyName, PolicyDocument }, { accountId }) {
      await put({ accountId, kind: 'group', name: GroupName }, PolicyName, PolicyDocument)
    },
    async PutRolePolicy({ RoleName, PolicyName, PolicyDocument }, { accountId }) {
      await put({ accountId, kind: 'role', name: RoleName }, PolicyName, PolicyDocument)
    },

    async GetUserPolicy({ UserName, PolicyName }, { accountId }) {
      return { UserName, ...(await get({ accountId, kind: 'user', name: UserName }, PolicyName)) }
    },
    async GetGroupPolicy({ GroupName, PolicyName }, { accountId }) {
      return { GroupName, ...(await get({ accountId, kind: 'group', name: GroupName }, PolicyName)) }
    },
    async GetRolePolicy({ RoleName, PolicyName }, { accountId }) {
      return { RoleName, ...(await get({ accountId, kind: 'role', name: RoleName }, PolicyName)) }
    },

    async ListUserPolicies(input, { accountId }) {
      return await list({ accountId, kind: 'user', name: input.UserName }, input)
    },
    async ListGroupPolicies(input, { accountId }) {
      return await list({ accountId, kind: 'group', name: input.GroupName }, input)
    },
    async ListRolePolicies(input, { accountId }) {
      return await list({ accountId, kind: 'role', name: input.RoleName }, input)
    },

    async DeleteUserPolicy({ UserName, PolicyName }, { accountId }) {
      await remove({ accountId, kind: 'user', name: UserName }, PolicyName)
    },
    async DeleteGroupPolicy({ GroupName, PolicyName }, { accountId }) {
      await remove({ accountId, kind: 'group', name: GroupName }, PolicyName)
    },
    async DeleteRolePolicy({ RoleName, PolicyName }, { accountId }) {
      await remove({ accountId, kind: 'role', name: RoleName }, PolicyName)
    },
  } satisfies Partial<Operations<typeof Iam>>
}
