/** Which managed policies are attached to which users, groups, and roles. */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import { toIdentity, type Identity } from '../entities/identity.ts'
import { findManagedPolicy } from './managed-policy-store.ts'

/** IAM's default quota for users, groups, and roles alike. */
const maxAttachedPolicies = 10

/**
 * Does nothing for a policy that is attached already.
 * @throws {AwsError} `NoSuchEntityException` for an unknown policy; `LimitExceededException` beyond ten
 */
export async function attachPolicy(db: Db, identity: Identity, policyArn: string): Promise<void> {
  await checkAttachable(db, identity.accountId, policyArn)
  const attached = await listAttachedPolicyArns(db, identity)
  if (attached.includes(policyArn)) return
  if (attached.length >= maxAttachedPolicies) {
    const quota = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' }[
      identity.kind
    ]
    throw iamError('LimitExceededException', `Cannot exceed quota for ${quota}: ${maxAttachedPolicies}`)
  }
  await db
    .insertInto('iam_attached_policies')
    .values({ account_id: identity.accountId, identity_id: identity.identityId, policy_arn: policyArn })
    .execute()
}

/** @throws {AwsError} `NoSuchEntityException` when there is no such policy, of the account or of AWS */
export async function checkAttachable(db: Db, accountId: string, policyArn: string): Promise<void> {
  if (await findManagedPolicy(db, accountId, policyArn)) return
  throw iamError('NoSuchEntityException', `Policy ${policyArn} does not exist or is not attachable.`)
}

/** @throws {AwsError} `NoSuchEntityException` when it is not attached */
export async function detachPolicy(db: Db, identity: Identity, policyArn: string): Promise<void> {
  const detached = await db
    .deleteFrom('iam_attached_policies')
    .where('account_id', '=', identity.accountId)
    .where('identity_id', '=', identity.identityId)
    .where('policy_arn', '=', policyArn)
    .executeTakeFirst()
  if (detached.numDeletedRows === 0n)
    throw iamError(
      'NoSuchEntityException',
      `Policy ${policyArn} is not attached to the ${identity.kind} ${identity.name}.`,
    )
}

/** Sorted. */
export async function listAttachedPolicyArns(db: Db, identity: Identity): Promise<string[]> {
  const rows = await db
    .selectFrom('iam_attached_policies')
    .select('policy_arn')
    .where('account_id', '=', identity.accountId)
    .where('identity_id', '=', identity.identityId)
    .orderBy('policy_arn')
    .execute()
  return rows.map((row) => row.policy_arn)
}

/** Who has the policy attached, sorted by name. */
export async function listEntitiesOfPolicy(
  db: Db,
  accountId: string,
  policyArn: string,
): Promise<Identity[]> {
  const rows = await db
    .selectFrom('iam_attached_policies as attached')
    .innerJoin('iam_identities as identity', (join) =>
      join
        .onRef('identity.account_id', '=', 'attached.account_id')
        .onRef('identity.identity_id', '=', 'attached.identity_id'),
    )
    .selectAll('identity')
    .where('attached.account_id', '=', accountId)
    .where('attached.policy_arn', '=', policyArn)
    .orderBy('identity.name_key')
    .execute()
  return rows.map(toIdentity)
}

/** Whom the policy bounds, sorted by name. */
export async function listEntitiesBoundedBy(
  db: Db,
  accountId: string,
  policyArn: string,
): Promise<Identity[]> {
  const rows = await db
    .selectFrom('iam_identities')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('boundary_arn', '=', policyArn)
    .orderBy('name_key')
    .execute()
  return rows.map(toIdentity)
}

/** How often each managed policy of the account is in use, or the one alone; by ARN. */
export async function countUses(
  db: Db,
  accountId: string,
  policyArn?: string,
): Promise<{ attached: Map<string, number>; bounding: Map<string, number> }> {
  const attached = await db
    .selectFrom('iam_attached_policies')
    .select((select) => ['policy_arn', select.fn.countAll<number>().as('uses')])
    .where('account_id', '=', accountId)
    .$if(policyArn !== undefined, (query) => query.where('policy_arn', '=', policyArn ?? ''))
    .groupBy('policy_arn')
    .execute()
  const bounding = await db
    .selectFrom('iam_identities')
    .select((select) => ['boundary_arn', select.fn.countAll<number>().as('uses')])
    .where('account_id', '=', accountId)
    .where('boundary_arn', 'is not', null)
    .$if(policyArn !== undefined, (query) => query.where('boundary_arn', '=', policyArn ?? ''))
    .groupBy('boundary_arn')
    .execute()
  return {
    attached: new Map(attached.map((row) => [row.policy_arn, Number(row.uses)])),
    bounding: new Map(bounding.map((row) => [row.boundary_arn ?? '', Number(row.uses)])),
  }
}
