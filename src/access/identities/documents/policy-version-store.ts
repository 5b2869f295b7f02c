/** Versions of managed policies: one to five, one of them the default (IAM User Guide, "Versioning IAM policies"). */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import type { IamManagedPolicyRow, IamManagedPolicyVersionRow } from '../../../store/tables/identities.ts'
import { findAwsManagedPolicy } from './aws-managed-policies.ts'
import { findManagedPolicy } from './managed-policy-store.ts'
import { fromVersionId, toVersionId, type ManagedPolicy, type PolicyVersion } from './managed-policy.ts'

const maxVersions = 5

interface NewVersion {
  document: string
  setAsDefault: boolean
  now: Date
}

/** @throws {AwsError} `LimitExceededException` when there are five */
export async function createPolicyVersion(
  db: Db,
  policy: IamManagedPolicyRow,
  { document, setAsDefault, now }: NewVersion,
): Promise<PolicyVersion> {
  const versions = await listVersionRows(db, policy)
  if (versions.length >= maxVersions)
    throw iamError(
      'LimitExceededException',
      `A managed policy can have up to ${maxVersions} versions. Before you create a new version, you must delete an existing version.`,
    )
  const row: IamManagedPolicyVersionRow = {
    account_id: policy.account_id,
    policy_id: policy.policy_id,
    version: policy.next_version,
    document,
    created_at: now.getTime(),
  }
  await db.insertInto('iam_managed_policy_versions').values(row).execute()
  const defaultVersion = setAsDefault ? row.version : policy.default_version
  await updatePolicy(db, policy, {
    next_version: row.version + 1,
    default_version: defaultVersion,
    updated_at: now.getTime(),
  })
  return toPolicyVersion(row, defaultVersion)
}

/** @throws {AwsError} `NoSuchEntityException` when there is no such version */
export async function setDefaultPolicyVersion(
  db: Db,
  policy: IamManagedPolicyRow,
  versionId: string,
  now: Date,
): Promise<void> {
  const version = await getVersionRow(db, policy, versionId)
  await updatePolicy(db, policy, { default_version: version.version, updated_at: now.getTime() })
}

/** @throws {AwsError} `NoSuchEntityException`; `DeleteConflictException` for the default version */
export async function deletePolicyVersion(
  db: Db,
  policy: IamManagedPolicyRow,
  versionId: string,
): Promise<void> {
  const { version } = await getVersionRow(db, policy, versionId)
  if (version === policy.default_version)
    throw iamError('DeleteConflictException', 'Cannot delete the default version of a policy.')
  await db
    .deleteFrom('iam_managed_policy_versions')
    .where('account_id', '=', policy.account_id)
    .where('policy_id', '=', policy.policy_id)
    .where('version', '=', version)
    .execute()
}

/** Newest first. */
export async function listPolicyVersions(
  db: Db,
  accountId: string,
  policy: ManagedPolicy,
): Promise<PolicyVersion[]> {
  const awsManaged = findAwsManagedPolicy(policy.arn)
  if (awsManaged) {
    const { versionId, document, updateDate } = awsManaged
    return [{ versionId, document, isDefault: true, createDate: updateDate }]
  }
  const rows = await listVersionRows(db, { account_id: accountId, policy_id: policy.policyId })
  return rows.map((row) => toPolicyVersion(row, fromVersionId(policy.defaultVersionId)))
}

/** The policy's name and the JSON text that is in force; `undefined` for an unknown policy, of the account or of AWS. */
export async function findDefaultDocument(
  db: Db,
  accountId: string,
  arn: string,
): Promise<{ name: string; document: string } | undefined> {
  const policy = await findManagedPolicy(db, accountId, arn)
  if (!policy) return undefined
  const versions = await listPolicyVersions(db, accountId, policy)
  const version = versions.find(({ isDefault }) => isDefault)
  return version && { name: policy.name, document: version.document }
}

function toPolicyVersion(row: IamManagedPolicyVersionRow, defaultVersion: number | undefined): PolicyVersion {
  return {
    versionId: toVersionId(row.version),
    isDefault: row.version === defaultVersion,
    createDate: new Date(row.created_at),
    document: row.document,
  }
}

async function listVersionRows(
  db: Db,
  { account_id, policy_id }: Pick<IamManagedPolicyRow, 'account_id' | 'policy_id'>,
): Promise<IamManagedPolicyVersionRow[]> {
  return await db
    .selectFrom('iam_managed_policy_versions')
    .selectAll()
    .where('account_id', '=', account_id)
    .where('policy_id', '=', policy_id)
    .orderBy('version', 'desc')
    .execute()
}

async function getVersionRow(
  db: Db,
  policy: IamManagedPolicyRow,
  versionId: string,
): Promise<IamManagedPolicyVersionRow> {
  const rows = await listVersionRows(db, policy)
  const row = rows.find(({ version }) => version === fromVersionId(versionId))
  if (row) return row
  throw iamError(
    'NoSuchEntityException',
    `Policy ${policy.name} version ${versionId} does not exist or is not attachable.`,
  )
}

async function updatePolicy(
  db: Db,
  policy: IamManagedPolicyRow,
  changes: Partial<IamManagedPolicyRow>,
): Promise<void> {
  await db
    .updateTable('iam_managed_policies')
    .set(changes)
    .where('account_id', '=', policy.account_id)
    .where('policy_id', '=', policy.policy_id)
    .execute()
}
