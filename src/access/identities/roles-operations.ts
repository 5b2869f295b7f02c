import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import type { Db } from '../../store/index.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { checkAttachable } from './documents/attached-policy-store.ts'
import { checkWithoutPolicies } from './documents/check-without-policies.ts'
import { checkDocument, countedLength } from './documents/document.ts'
import {
  createIdentity,
  deleteIdentity,
  getIdentity,
  identityKey,
  listIdentities,
  updateIdentity,
} from './entities/identity-store.ts'
import type { Identity } from './entities/identity.ts'
import { pageOf } from './entities/page.ts'
import { renderBoundary, renderRole, renderTags } from './entities/render-identity.ts'
import { listTags, setTags } from './entities/tag-store.ts'

const kind = 'role'

/** AWS's default, one hour. */
const defaultMaxSessionSeconds = 3600

/** IAM's default quota for a trust policy, white space not counted. */
const maxTrustPolicyLength = 2048

export function rolesOperations(deps: IdentitiesDeps) {
  const { store, now } = deps

  const changeRole = async (
    accountId: string,
    name: string,
    work: (db: Db, role: Identity) => Promise<Identity>,
  ) =>
    await commitChange(deps, accountId, async (db) => {
      const role = await work(db, await getIdentity(db, { accountId, kind, name }))
      return { arn: role.arn, output: role }
    })

  return {
    async CreateRole(input, { accountId }) {
      const { AssumeRolePolicyDocument, PermissionsBoundary, Tags = [] } = input
      checkTrustPolicy(AssumeRolePolicyDocument)
      return await commitChange(deps, accountId, async (db) => {
        if (PermissionsBoundary !== undefined) await checkAttachable(db, accountId, PermissionsBoundary)
        const role = await createIdentity(db, {
          accountId,
          kind,
          name: input.RoleName,
          path: input.Path,
          trustPolicy: AssumeRolePolicyDocument,
          boundaryArn: PermissionsBoundary,
          description: input.Description,
          maxSessionSeconds: input.MaxSessionDuration ?? defaultMaxSessionSeconds,
          now: now(),
        })
        await setTags(db, { accountId, ownerId: role.identityId }, Tags)
        return {
          arn: role.arn,
          output: { Role: { ...renderRole(role), ...renderBoundary(role), ...renderTags(Tags) } },
        }
      })
    },

    async GetRole({ RoleName }, { accountId }) {
      const role = await getIdentity(store.read, { accountId, kind, name: RoleName })
      const tags = await listTags(store.read, { accountId, ownerId: role.identityId })
      return {
        Role: { ...renderRole(role), ...renderBoundary(role), ...renderTags(tags), RoleLastUsed: {} },
      }
    },

    async ListRoles(input, { accountId }) {
      const roles = await listIdentities(store.read, { accountId, kind }, input)
      const { rows, page } = pageOf(roles, identityKey, input)
      return { Roles: rows.map(renderRole), ...page }
    },

    async UpdateRole({ RoleName, Description, MaxSessionDuration }, { accountId }) {
      await changeRole(
        accountId,
        RoleName,
        async (db, role) =>
          await updateIdentity(db, role, {
            ...(Description === undefined ? {} : { description: Description }),
            ...(MaxSessionDuration === undefined ? {} : { maxSessionSeconds: MaxSessionDuration }),
          }),
      )
    },

    async UpdateRoleDescription({ RoleName, Description }, { accountId }) {
      const role = await changeRole(
        accountId,
        RoleName,
        async (db, found) => await updateIdentity(db, found, { description: Description }),
      )
      return { Role: { ...renderRole(role), ...renderBoundary(role) } }
    },

    async UpdateAssumeRolePolicy({ RoleName, PolicyDocument }, { accountId }) {
      checkTrustPolicy(PolicyDocument)
      await changeRole(
        accountId,
        RoleName,
        async (db, role) => await updateIdentity(db, role, { trustPolicy: PolicyDocument }),
      )
    },

    async DeleteRole({ RoleName }, { accountId }) {
      await changeRole(accountId, RoleName, async (db, role) => {
        await checkWithoutPolicies(db, role)
        await deleteIdentity(db, role)
        return role
      })
    },

    async PutRolePermissionsBoundary({ RoleName, PermissionsBoundary }, { accountId }) {
      await changeRole(accountId, RoleName, async (db, role) => {
        await checkAttachable(db, accountId, PermissionsBoundary)
        return await updateIdentity(db, role, { boundaryArn: PermissionsBoundary })
      })
    },

    async DeleteRolePermissionsBoundary({ RoleName }, { accountId }) {
      await changeRole(
        accountId,
        RoleName,
        async (db, role) => await updateIdentity(db, role, { boundaryArn: undefined }),
      )
    },
  } satisfies Partial<Operations<typeof Iam>>
}

function checkTrustPolicy(document: string): void {
  if (countedLength(document) > maxTrustPolicyLength)
    throw iamError(
      'LimitExceededException',
      `Cannot exceed quota for ACLSizePerRole: ${maxTrustPolicyLength}`,
    )
  checkDocument(document, 'trust')
}
