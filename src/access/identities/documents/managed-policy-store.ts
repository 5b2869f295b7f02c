/** Rows of customer-managed policies; finds AWS's as well. */
import { iamError } from '../../../api/aws/errors.ts'
import { parseArn } from '../../../lib/arn.ts'
import type { Db } from '../../../store/index.ts'
import type { IamManagedPolicyRow } from '../../../store/tables/identities.ts'
import { toNameKey } from '../entities/identity.ts'
import { createUniqueId } from '../entities/unique-id.ts'
import { findAwsManagedPolicy } from './aws-managed-policies.ts'
import { fromAwsManagedPolicy, fromManagedPolicyRow, type ManagedPolicy } from './managed-policy.ts'

interface NewManagedPolicy {
  accountId: string
  name: string
  path: string | undefined
  description: string | undefined
  document: string
  now: Date
}

/** @throws {AwsError} `EntityAlreadyExistsException` when the name is taken, whatever the path */
export async function createManagedPolicy(db: Db, policy: NewManagedPolicy): Promise<ManagedPolicy> {
  const { accountId, name, now } = policy
  const taken = await db
    .selectFrom('iam_managed_policies')
    .select('name')
    .where('account_id', '=', accountId)
    .where('name_key', '=', toNameKey(name))
    .executeTakeFirst()
  if (taken)
    throw iamError(
      'EntityAlreadyExistsException',
      `A policy called ${taken.name} already exists. Duplicate names are not allowed.`,
    )
  const row: IamManagedPolicyRow = {
    account_id: accountId,
    policy_id: createUniqueId('ANPA'),
    name,
    name_key: toNameKey(name),
    path: policy.path ?? '/',
    description: policy.description ?? null,
    default_version: 1,
    next_version: 2,
    created_at: now.getTime(),
    updated_at: now.getTime(),
  }
  await db.insertInto('iam_managed_policies').values(row).execute()
  await db
    .insertInto('iam_managed_policy_versions')
    .values({
      account_id: accountId,
      policy_id: row.policy_id,
      version: 1,
      document: policy.document,
      created_at: row.created_at,
    })
    .execute()
  return fromManagedPolicyRow(row)
}

/** Of the account or of AWS. The whole ARN must fit, its path too. */
export async function findManagedPolicy(
  db: Db,
  accountId: string,
  arn: string,
): Promise<ManagedPolicy | undefined> {
  const awsManaged = findAwsManagedPolicy(arn)
  if (awsManaged) return fromAwsManagedPolicy(awsManaged)
  const row = await findManagedPolicyRow(db, accountId, arn)
  return row && fromManagedPolicyRow(row)
}

/** @throws {AwsError} `NoSuchEntityException` */
export async function getManagedPolicy(db: Db, accountId: string, arn: string): Promise<ManagedPolicy> {
  const policy = await findManagedPolicy(db, accountId, arn)
  if (!policy) throw policyNotFound(arn)
  return policy
}

/**
 * The row of a policy that the account may change.
 * @throws {AwsError} `NoSuchEntityException`; `AccessDenied` for one of AWS's
 */
export async function getManagedPolicyRow(
  db: Db,
  accountId: string,
  arn: string,
): Promise<IamManagedPolicyRow> {
  if (findAwsManagedPolicy(arn)) throw iamError('AccessDenied', `Policy ${arn} is outside your own account.`)
  const row = await findManagedPolicyRow(db, accountId, arn)
  if (!row) throw policyNotFound(arn)
  return row
}

/** The account's own, sorted by name. */
export async function listManagedPolicies(db: Db, accountId: string): Promise<ManagedPolicy[]> {
  const rows = await db
    .selectFrom('iam_managed_policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('name_key')
    .execute()
  return rows.map(fromManagedPolicyRow)
}

/** The caller has checked that it is attached nowhere and has no version but the default. Its tags go with it. */
export async function deleteManagedPolicy(
  db: Db,
  { account_id, policy_id }: Pick<IamManagedPolicyRow, 'account_id' | 'policy_id'>,
): Promise<void> {
  await db
    .deleteFrom('iam_tags')
    .where('account_id', '=', account_id)
    .where('owner_id', '=', policy_id)
    .execute()
  for (const table of ['iam_managed_policy_versions', 'iam_managed_policies'] as const)
    await db
      .deleteFrom(table)
      .where('account_id', '=', account_id)
      .where('policy_id', '=', policy_id)
      .execute()
}

async function findManagedPolicyRow(
  db: Db,
  accountId: string,
  arn: string,
): Promise<IamManagedPolicyRow | undefined> {
  const name = parseArn(arn)?.resource.split('/').at(-1)
  if (name === undefined) return undefined
  const row = await db
    .selectFrom('iam_managed_policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name_key', '=', toNameKey(name))
    .executeTakeFirst()
  return row && fromManagedPolicyRow(row).arn === arn ? row : undefined
}

function policyNotFound(arn: string): Error {
  return iamError('NoSuchEntityException', `Policy ${arn} was not found.`)
}
