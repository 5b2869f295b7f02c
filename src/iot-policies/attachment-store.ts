import { iotError } from '../aws/errors.ts'
import type { Db } from '../store/index.ts'
import { maxAttached, parseTarget } from './iot-policy.ts'
import { policyNotFound } from './store.ts'

export interface PolicyAttachment {
  accountId: string
  policyName: string
  /** ARN of a certificate or a thing group. */
  target: string
}

/**
 * Attaching twice is success. The caller knows that the target exists.
 * @throws {AwsError} `ResourceNotFoundException` for the policy; `LimitExceededException` when the target has as
 * many policies as it can; `InvalidRequestException` for a target of another kind
 */
export async function attachPolicy(
  db: Db,
  { accountId, policyName, target }: PolicyAttachment,
): Promise<void> {
  const { kind } = parseTarget(target)
  const rows = await db
    .selectFrom('iot_policies as policy')
    .leftJoin('iot_policy_attachments as attached', (join) =>
      join.onRef('attached.account_id', '=', 'policy.account_id').on('attached.target', '=', target),
    )
    .select('attached.policy_name')
    .where('policy.account_id', '=', accountId)
    .where('policy.policy_name', '=', policyName)
    .execute()
  if (rows.length === 0) throw policyNotFound(policyName)
  const attached = rows.flatMap((row) => row.policy_name ?? [])
  if (attached.includes(policyName)) return
  if (attached.length >= maxAttached[kind])
    throw iotError(
      'LimitExceededException',
      `${target} has ${attached.length} policies, the most a ${kind} can have; detach one first`,
    )
  await db
    .insertInto('iot_policy_attachments')
    .values({ account_id: accountId, target, policy_name: policyName })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** What is not attached is success. */
export async function detachPolicy(
  db: Db,
  { accountId, policyName, target }: PolicyAttachment,
): Promise<void> {
  await db
    .deleteFrom('iot_policy_attachments')
    .where('account_id', '=', accountId)
    .where('target', '=', target)
    .where('policy_name', '=', policyName)
    .execute()
}

export async function countAttachedPolicies(db: Db, accountId: string, target: string): Promise<number> {
  const { count } = await db
    .selectFrom('iot_policy_attachments')
    .select((is) => is.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .where('target', '=', target)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Names in alphabetical order. */
export async function attachedPolicyNames(db: Db, accountId: string, target: string): Promise<string[]> {
  const rows = await db
    .selectFrom('iot_policy_attachments')
    .select('policy_name')
    .where('account_id', '=', accountId)
    .where('target', '=', target)
    .orderBy('policy_name')
    .execute()
  return rows.map((row) => row.policy_name)
}

/** For the deletion of the target. */
export async function detachAllPolicies(db: Db, accountId: string, target: string): Promise<void> {
  await db
    .deleteFrom('iot_policy_attachments')
    .where('account_id', '=', accountId)
    .where('target', '=', target)
    .execute()
}

export interface EffectivePolicy {
  /** Through which of the targets it has its effect. */
  target: string
  policyName: string
  /** Of the default version, JSON text. */
  policyDocument: string
}

/** Policies of all the targets, each with its default version; one on two targets comes twice. */
export async function effectivePolicies(
  db: Db,
  accountId: string,
  targets: readonly string[],
): Promise<EffectivePolicy[]> {
  if (targets.length === 0) return []
  const rows = await db
    .selectFrom('iot_policy_attachments as attachment')
    .innerJoin('iot_policies as policy', (join) =>
      join
        .onRef('policy.account_id', '=', 'attachment.account_id')
        .onRef('policy.policy_name', '=', 'attachment.policy_name'),
    )
    .innerJoin('iot_policy_versions as version', (join) =>
      join
        .onRef('version.account_id', '=', 'policy.account_id')
        .onRef('version.policy_name', '=', 'policy.policy_name')
        .onRef('version.version', '=', 'policy.default_version'),
    )
    .select(['attachment.target', 'attachment.policy_name', 'version.document'])
    .where('attachment.account_id', '=', accountId)
    .where('attachment.target', 'in', targets)
    .orderBy('attachment.policy_name')
    .execute()
  return rows.map((row) => ({
    target: row.target,
    policyName: row.policy_name,
    policyDocument: row.document,
  }))
}
