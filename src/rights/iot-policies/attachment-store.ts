import { iotError } from '../../api/aws/errors.ts'
import { sql } from 'kysely'
import { prepareQuery, type Bind, type Db } from '../../store/index.ts'
import { maxAttached, parseTarget } from './iot-policy.ts'
import { policyNotFound } from './store.ts'

export interface PolicyAttachment {
  accountId: string
  policyName: string
  /** ARN of a certificate or a thing group. */
  target: string
}

const selectPolicyWithAttached = prepareQuery((db, value: Bind<PolicyAttachment>) =>
  db
    .selectFrom('iot_policies as policy')
    .leftJoin('iot_policy_attachments as attached', (join) =>
      join.onRef('attached.account_id', '=', 'policy.account_id').on('attached.target', '=', value('target')),
    )
    .select('attached.policy_name')
    .where('policy.account_id', '=', value('accountId'))
    .where('policy.policy_name', '=', value('policyName')),
)

/** In one go where nothing stands against it; else it says no more than that something does. */
const insertAttachment = prepareQuery((db, value: Bind<PolicyAttachment & { mostOthers: number }>) =>
  db
    .insertInto('iot_policy_attachments')
    .columns(['account_id', 'target', 'policy_name'])
    .expression(
      db
        .selectFrom('iot_policies as policy')
        .select(['policy.account_id', sql<string>`${value('target')}`.as('target'), 'policy.policy_name'])
        .where('policy.account_id', '=', value('accountId'))
        .where('policy.policy_name', '=', value('policyName'))
        .where(
          db
            .selectFrom('iot_policy_attachments as attached')
            .select((of) => of.fn.countAll<number>().as('count'))
            .where('attached.account_id', '=', value('accountId'))
            .where('attached.target', '=', value('target')),
          '<=',
          value('mostOthers'),
        ),
    )
    .onConflict((conflict) => conflict.doNothing()),
)

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
  const wanted = { accountId, policyName, target, mostOthers: maxAttached[kind] - 1 }
  if ((await insertAttachment(db, wanted)).numAffectedRows === 1n) return
  await explainNotAttached(db, { accountId, policyName, target }, kind)
}

/** It is attached already, or cannot be. */
async function explainNotAttached(
  db: Db,
  { accountId, policyName, target }: PolicyAttachment,
  kind: keyof typeof maxAttached,
): Promise<void> {
  const { rows } = await selectPolicyWithAttached(db, { accountId, policyName, target })
  if (rows.length === 0) throw policyNotFound(policyName)
  const attached = rows.flatMap((row) => row.policy_name ?? [])
  if (attached.includes(policyName)) return
  throw iotError(
    'LimitExceededException',
    `${target} has ${attached.length} policies, the most a ${kind} can have; detach one first`,
  )
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

const selectEffectiveOfOne = prepareQuery((db, value: Bind<{ accountId: string; target: string }>) =>
  selectEffective(db, value('accountId')).where('attachment.target', '=', value('target')),
)

/** Policies of all the targets, each with its default version; one on two targets comes twice. */
export async function effectivePolicies(
  db: Db,
  accountId: string,
  targets: readonly string[],
): Promise<EffectivePolicy[]> {
  const [target, ...others] = targets
  if (target === undefined) return []
  if (others.length === 0) return (await selectEffectiveOfOne(db, { accountId, target })).rows
  return selectEffective(db, accountId).where('attachment.target', 'in', targets).execute()
}

function selectEffective(db: Db, accountId: string) {
  return db
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
    .select([
      'attachment.target',
      'attachment.policy_name as policyName',
      'version.document as policyDocument',
    ])
    .where('attachment.account_id', '=', accountId)
    .orderBy('attachment.policy_name')
}
