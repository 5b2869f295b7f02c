/** Policies that are part of one user, group, or role. */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import type { Identity } from '../entities/identity.ts'
import { countedLength } from './document.ts'

export interface InlinePolicy {
  policyName: string
  /** JSON text. */
  document: string
}

/** All inline policies of one identity together, white space not counted (IAM User Guide, "IAM quotas"). */
const maxLength = { user: 2048, group: 5120, role: 10240 } as const

/**
 * Adds the policy or replaces the one of that name.
 * @throws {AwsError} `LimitExceededException` when the identity's inline policies would grow too long
 */
export async function putInlinePolicy(db: Db, identity: Identity, policy: InlinePolicy): Promise<void> {
  const others = (await listInlinePolicies(db, identity)).filter(
    ({ policyName }) => policyName !== policy.policyName,
  )
  const length = [...others, policy].reduce((sum, { document }) => sum + countedLength(document), 0)
  const limit = maxLength[identity.kind]
  if (length > limit)
    throw iamError(
      'LimitExceededException',
      `Maximum policy size of ${limit} bytes exceeded for ${identity.kind} ${identity.name}`,
    )
  await db
    .insertInto('iam_inline_policies')
    .values({
      account_id: identity.accountId,
      identity_id: identity.identityId,
      policy_name: policy.policyName,
      document: policy.document,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'identity_id', 'policy_name'])
        .doUpdateSet({ document: policy.document }),
    )
    .execute()
}

/** Sorted by name. */
export async function listInlinePolicies(db: Db, identity: Identity): Promise<InlinePolicy[]> {
  const rows = await db
    .selectFrom('iam_inline_policies')
    .select(['policy_name', 'document'])
    .where('account_id', '=', identity.accountId)
    .where('identity_id', '=', identity.identityId)
    .orderBy('policy_name')
    .execute()
  return rows.map((row) => ({ policyName: row.policy_name, document: row.document }))
}

/** @throws {AwsError} `NoSuchEntityException` */
export async function getInlinePolicy(db: Db, identity: Identity, policyName: string): Promise<InlinePolicy> {
  const policy = (await listInlinePolicies(db, identity)).find(
    (candidate) => candidate.policyName === policyName,
  )
  if (!policy) throw policyNotFound(identity, policyName)
  return policy
}

/** @throws {AwsError} `NoSuchEntityException` */
export async function deleteInlinePolicy(db: Db, identity: Identity, policyName: string): Promise<void> {
  const deleted = await db
    .deleteFrom('iam_inline_policies')
    .where('account_id', '=', identity.accountId)
    .where('identity_id', '=', identity.identityId)
    .where('policy_name', '=', policyName)
    .executeTakeFirst()
  if (deleted.numDeletedRows === 0n) throw policyNotFound(identity, policyName)
}

function policyNotFound({ kind }: Identity, policyName: string): Error {
  return iamError('NoSuchEntityException', `The ${kind} policy with name ${policyName} cannot be found.`)
}
