import { randomUUID } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import type { Db } from '../../store/index.ts'
import { checkDocument, checkPolicyName, policyArn, type IotPolicy } from './iot-policy.ts'

export interface NewPolicy {
  accountId: string
  /** For the ARN in the error when the name is taken. */
  region?: string | undefined
  policyName: string
  policyDocument: string
  now: Date
}

/**
 * Version 1 of a new policy.
 * @throws {AwsError} `MalformedPolicyException`; `InvalidRequestException` for the name;
 * `ResourceAlreadyExistsException`
 */
export async function createPolicy(
  db: Db,
  { accountId, region, policyName, policyDocument, now }: NewPolicy,
): Promise<{ policyName: string; policyVersionId: string }> {
  checkPolicyName(policyName)
  checkDocument(policyDocument)
  const time = now.getTime()
  const key = { account_id: accountId, policy_name: policyName }
  const generation = { generation_id: randomUUID(), created_at: time }
  const inserted = await db
    .insertInto('iot_policies')
    .values({ ...key, ...generation, default_version: 1, last_version: 1, modified_at: time })
    .onConflict((conflict) => conflict.doNothing())
    .returning('policy_name')
    .executeTakeFirst()
  if (!inserted)
    throw iotError('ResourceAlreadyExistsException', `policy ${policyName} already exists`, {
      resourceId: policyName,
      ...(region !== undefined && { resourceArn: policyArn({ accountId, region }, policyName) }),
    })
  await db
    .insertInto('iot_policy_versions')
    .values({ ...key, ...generation, version: 1, document: policyDocument })
    .execute()
  return { policyName, policyVersionId: '1' }
}

export async function findPolicy(
  db: Db,
  accountId: string,
  policyName: string,
): Promise<IotPolicy | undefined> {
  const row = await db
    .selectFrom('iot_policies as policy')
    .innerJoin('iot_policy_versions as version', (join) =>
      join
        .onRef('version.account_id', '=', 'policy.account_id')
        .onRef('version.policy_name', '=', 'policy.policy_name')
        .onRef('version.version', '=', 'policy.default_version'),
    )
    .select([
      'policy.default_version',
      'policy.generation_id',
      'policy.created_at',
      'policy.modified_at',
      'version.document',
    ])
    .where('policy.account_id', '=', accountId)
    .where('policy.policy_name', '=', policyName)
    .executeTakeFirst()
  return (
    row && {
      policyName,
      policyDocument: row.document,
      defaultVersionId: String(row.default_version),
      generationId: row.generation_id,
      creationDate: new Date(row.created_at),
      lastModifiedDate: new Date(row.modified_at),
    }
  )
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getPolicy(db: Db, accountId: string, policyName: string): Promise<IotPolicy> {
  const policy = await findPolicy(db, accountId, policyName)
  if (!policy) throw policyNotFound(policyName)
  return policy
}

export function policyNotFound(policyName: string) {
  return iotError('ResourceNotFoundException', `no policy named ${policyName}`)
}

/**
 * @throws {AwsError} `ResourceNotFoundException`; `DeleteConflictException` while it is attached to something or
 * has versions beside the default one
 */
export async function deletePolicy(db: Db, accountId: string, policyName: string): Promise<void> {
  await getPolicy(db, accountId, policyName)
  const { count } = await db
    .selectFrom('iot_policy_versions')
    .select((is) => is.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .where('policy_name', '=', policyName)
    .executeTakeFirstOrThrow()
  if (Number(count) > 1)
    throw iotError(
      'DeleteConflictException',
      `policy ${policyName} has ${Number(count)} versions; delete all but the default version first`,
    )
  const attachment = await db
    .selectFrom('iot_policy_attachments')
    .select('target')
    .where('account_id', '=', accountId)
    .where('policy_name', '=', policyName)
    .limit(1)
    .executeTakeFirst()
  if (attachment)
    throw iotError(
      'DeleteConflictException',
      `policy ${policyName} is attached to ${attachment.target}; detach it from everything first`,
    )
  await db
    .deleteFrom('iot_policies')
    .where('account_id', '=', accountId)
    .where('policy_name', '=', policyName)
    .execute()
}
