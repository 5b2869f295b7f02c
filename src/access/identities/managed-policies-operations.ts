import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { iamArn } from '../../lib/arn.ts'
import type { Db } from '../../store/index.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { countUses, listEntitiesBoundedBy, listEntitiesOfPolicy } from './documents/attached-policy-store.ts'
import { awsManagedPolicies } from './documents/aws-managed-policies.ts'
import { checkDocument, countedLength, encodeDocument } from './documents/document.ts'
import {
  createManagedPolicy,
  deleteManagedPolicy,
  getManagedPolicy,
  getManagedPolicyRow,
  listManagedPolicies,
} from './documents/managed-policy-store.ts'
import { fromAwsManagedPolicy, type ManagedPolicy, type PolicyVersion } from './documents/managed-policy.ts'
import {
  createPolicyVersion,
  deletePolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from './documents/policy-version-store.ts'
import type { Identity } from './entities/identity.ts'
import { toNameKey } from './entities/identity.ts'
import { pageOf } from './entities/page.ts'
import { renderTags } from './entities/render-identity.ts'
import { listTags, setTags } from './entities/tag-store.ts'

/** IAM's quota, white space not counted. */
const maxDocumentLength = 6144

export function managedPoliciesOperations(deps: IdentitiesDeps) {
  const { store, now } = deps
  return {
    async CreatePolicy({ PolicyName, Path = '/', Description, PolicyDocument, Tags = [] }, context) {
      const { accountId } = context
      if (Tags.length > 0)
        await context.authorize('iam:TagPolicy', iamArn(accountId, `policy${Path}${PolicyName}`))
      checkManagedDocument(PolicyDocument)
      return await commitChange(deps, accountId, async (db) => {
        const policy = await createManagedPolicy(db, {
          accountId,
          name: PolicyName,
          path: Path,
          description: Description,
          document: PolicyDocument,
          now: now(),
        })
        await setTags(db, { accountId, ownerId: policy.policyId }, Tags)
        const rendered = { ...renderPolicy(policy, noUses), ...renderTags(Tags) }
        return { arn: policy.arn, output: { Policy: rendered } }
      })
    },

    async GetPolicy({ PolicyArn }, { accountId }) {
      const policy = await getManagedPolicy(store.read, accountId, PolicyArn)
      const tags = await listTags(store.read, { accountId, ownerId: policy.policyId })
      const { description } = policy
      return {
        Policy: {
          ...renderPolicy(policy, await countUses(store.read, accountId, PolicyArn)),
          ...(description === undefined ? {} : { Description: description }),
          Tags: [...tags],
        },
      }
    },

    async ListPolicies(input, { accountId }) {
      const { Scope = 'All', OnlyAttached = false, PathPrefix = '/', PolicyUsageFilter } = input
      const own = Scope === 'AWS' ? [] : await listManagedPolicies(store.read, accountId)
      const ofAws = Scope === 'Local' ? [] : awsManagedPolicies.map(fromAwsManagedPolicy)
      const uses = await countUses(store.read, accountId)
      const counted = PolicyUsageFilter === 'PermissionsBoundary' ? uses.bounding : uses.attached
      const chosen = [...own, ...ofAws]
        .filter(({ path }) => path.startsWith(PathPrefix))
        .filter(({ arn }) => (!OnlyAttached && PolicyUsageFilter === undefined) || counted.has(arn))
        .toSorted((left, right) => (policyKey(left) < policyKey(right) ? -1 : 1))
      const { rows, page } = pageOf(chosen, policyKey, input)
      return { Policies: rows.map((policy) => renderPolicy(policy, uses)), ...page }
    },

    async DeletePolicy({ PolicyArn }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const row = await getManagedPolicyRow(db, accountId, PolicyArn)
        await checkDeletable(db, accountId, PolicyArn)
        await deleteManagedPolicy(db, row)
        return { arn: PolicyArn, output: undefined }
      })
    },

    async CreatePolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault = false }, { accountId }) {
      checkManagedDocument(PolicyDocument)
      return await commitChange(deps, accountId, async (db) => {
        const row = await getManagedPolicyRow(db, accountId, PolicyArn)
        const version = await createPolicyVersion(db, row, {
          document: PolicyDocument,
          setAsDefault: SetAsDefault,
          now: now(),
        })
        return { arn: PolicyArn, output: { PolicyVersion: renderVersion(version) } }
      })
    },

    async GetPolicyVersion({ PolicyArn, VersionId }, { accountId }) {
      const policy = await getManagedPolicy(store.read, accountId, PolicyArn)
      const versions = await listPolicyVersions(store.read, accountId, policy)
      const version = versions.find(({ versionId }) => versionId === VersionId)
      if (!version)
        throw iamError(
          'NoSuchEntityException',
          `Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`,
        )
      return { PolicyVersion: { ...renderVersion(version), Document: encodeDocument(version.document) } }
    },

    async ListPolicyVersions(input, { accountId }) {
      const policy = await getManagedPolicy(store.read, accountId, input.PolicyArn)
      const versions = await listPolicyVersions(store.read, accountId, policy)
      const { rows, page } = pageOf(versions, (version) => String(versions.indexOf(version)), input)
      return { Versions: rows.map(renderVersion), ...page }
    },

    async SetDefaultPolicyVersion({ PolicyArn, VersionId }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const row = await getManagedPolicyRow(db, accountId, PolicyArn)
        await setDefaultPolicyVersion(db, row, VersionId, now())
        return { arn: PolicyArn, output: undefined }
      })
    },

    async DeletePolicyVersion({ PolicyArn, VersionId }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const row = await getManagedPolicyRow(db, accountId, PolicyArn)
        await deletePolicyVersion(db, row, VersionId)
        return { arn: PolicyArn, output: undefined }
      })
    },

    async ListEntitiesForPolicy(input, { accountId }) {
      const { PolicyArn, EntityFilter, PathPrefix = '/', PolicyUsageFilter } = input
      await getManagedPolicy(store.read, accountId, PolicyArn)
      const list = PolicyUsageFilter === 'PermissionsBoundary' ? listEntitiesBoundedBy : listEntitiesOfPolicy
      const chosen = (await list(store.read, accountId, PolicyArn))
        .filter(({ path }) => path.startsWith(PathPrefix))
        .filter(({ kind }) => isWanted(kind, EntityFilter))
        .toSorted((left, right) => (left.arn < right.arn ? -1 : 1))
      const { rows, page } = pageOf(chosen, ({ arn }) => arn, input)
      const ofKind = (kind: Identity['kind']) => rows.filter((row) => row.kind === kind)
      return {
        PolicyUsers: ofKind('user').map((row) => ({ UserName: row.name, UserId: row.identityId })),
        PolicyGroups: ofKind('group').map((row) => ({ GroupName: row.name, GroupId: row.identityId })),
        PolicyRoles: ofKind('role').map((row) => ({ RoleName: row.name, RoleId: row.identityId })),
        ...page,
      }
    },
  } satisfies Partial<Operations<typeof Iam>>
}

const noUses = { attached: new Map<string, number>(), bounding: new Map<string, number>() }

function renderPolicy(policy: ManagedPolicy, uses: typeof noUses) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: uses.attached.get(policy.arn) ?? 0,
    PermissionsBoundaryUsageCount: uses.bounding.get(policy.arn) ?? 0,
    IsAttachable: true,
    CreateDate: policy.createDate,
    UpdateDate: policy.updateDate,
  }
}

function renderVersion({ versionId, isDefault, createDate }: PolicyVersion) {
  return { VersionId: versionId, IsDefaultVersion: isDefault, CreateDate: createDate }
}

/** An account may have a policy of the same name as one of AWS's. */
function policyKey({ name, arn }: ManagedPolicy): string {
  return `${toNameKey(name)} ${arn}`
}

function isWanted(kind: Identity['kind'], filter: Iam.EntityType | undefined): boolean {
  if (filter === undefined) return true
  return filter === { user: 'User', group: 'Group', role: 'Role' }[kind]
}

function checkManagedDocument(document: string): void {
  if (countedLength(document) > maxDocumentLength)
    throw iamError('LimitExceededException', `Cannot exceed quota for PolicySize: ${maxDocumentLength}`)
  checkDocument(document, 'managed')
}

async function checkDeletable(db: Db, accountId: string, policyArn: string): Promise<void> {
  const attachedTo = await listEntitiesOfPolicy(db, accountId, policyArn)
  const bounding = await listEntitiesBoundedBy(db, accountId, policyArn)
  if (attachedTo.length + bounding.length > 0)
    throw iamError('DeleteConflictException', 'Cannot delete a policy attached to entities.')
  const policy = await getManagedPolicy(db, accountId, policyArn)
  if ((await listPolicyVersions(db, accountId, policy)).length > 1)
    throw iamError(
      'DeleteConflictException',
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    )
}
