import { randomUUID } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import type { Db } from '../../store/index.ts'
import { checkDocument, maxVersions, type IotPolicyVersion } from './iot-policy.ts'
import { policyNotFound, type NewPolicy } from './store.ts'

/**
 * Its number is one more than the highest ever given out.
 * @throws {AwsError} `MalformedPolicyException`, `ResourceNotFoundException`, `VersionsLimitExceededException`
 */
export async function createPolicyVersion(
  db: Db,
  { accountId, policyName, policyDocument, now, setAsDefault }: NewPolicy & { setAsDefault: boolean },
): Promise<IotPolicyVersion> {
  checkDocument(policyDocument)
  const versions = await listPolicyVersions(db, accountId, policyName)
  if (versions.length >= maxVersions)
    throw iotError(
      'VersionsLimitExceededException',
      `policy ${policyName} has ${maxVersions} versions, the most allowed; delete one first`,
    )
  const time = now.getTime()
  const { last_version: version } = await db
    .updateTable('iot_policies')
    .set((column) => ({
      last_version: column('last_version', '+', 1),
      modified_at: time,
      generation_id: randomUUID(),
    }))
    .where('account_id', '=', accountId)
    .where('policy_name', '=', policyName)
    .returning('last_version')
    .executeTakeFirstOrThrow()
  const generationId = randomUUID()
  await db
    .insertInto('iot_policy_versions')
    .values({
      account_id: accountId,
      policy_name: policyName,
      version,
      document: policyDocument,
      generation_id: generationId,
      created_at: time,
    })
    .execute()
  const versionId = String(version)
  if (setAsDefault) await setDefaultPolicyVersion(db, { accountId, policyName, versionId, now })
  return { policyDocument, versionId, isDefaultVersion: setAsDefault, generationId, createDate: now }
}

/**
 * The newest first; at most five.
 * @throws {AwsError} `ResourceNotFoundException` for the policy
 */
export async function listPolicyVersions(
  db: Db,
  accountId: string,
  policyName: string,
): Promise<IotPolicyVersion[]> {
  const rows = await db
    .selectFrom('iot_policy_versions as version')
    .innerJoin('iot_policies as policy', (join) =>
      join
        .onRef('policy.account_id', '=', 'version.account_id')
        .onRef('policy.policy_name', '=', 'version.policy_name'),
    )
    .select([
      'version.version',
      'version.document',
      'version.generation_id',
      'version.created_at',
      'policy.default_version',
    ])
    .where('version.account_id', '=', accountId)
    .where('version.policy_name', '=', policyName)
    .orderBy('version.version', 'desc')
    .execute()
  if (rows.length === 0) throw policyNotFound(policyName)
  return rows.map((row) => ({
    policyDocument: row.document,
    versionId: String(row.version),
    isDefaultVersion: row.version === row.default_version,
    generationId: row.generation_id,
    createDate: new Date(row.created_at),
  }))
}

/** @throws {AwsError} `ResourceNotFoundException` for the policy or the version */
export async function getPolicyVersion(
  db: Db,
  accountId: string,
  { policyName, versionId }: { policyName: string; versionId: string },
): Promise<IotPolicyVersion> {
  const versions = await listPolicyVersions(db, accountId, policyName)
  const version = versions.find((candidate) => candidate.versionId === versionId)
  if (version) return version
  throw iotError('ResourceNotFoundException', `policy ${policyName} has no version ${versionId}`)
}

/** @throws {AwsError} `ResourceNotFoundException` for the policy or the version */
export async function setDefaultPolicyVersion(
  db: Db,
  change: { accountId: string; policyName: string; versionId: string; now: Date },
): Promise<void> {
  const { accountId, policyName, versionId, now } = change
  await getPolicyVersion(db, accountId, { policyName, versionId })
  await db
    .updateTable('iot_policies')
    .set({ default_version: Number(versionId), modified_at: now.getTime(), generation_id: randomUUID() })
    .where('account_id', '=', accountId)
    .where('policy_name', '=', policyName)
    .execute()
}

/** @throws {AwsError} `ResourceNotFoundException`; `DeleteConflictException` for the default version */
export async function deletePolicyVersion(
  db: Db,
  accountId: string,
  { policyName, versionId }: { policyName: string; versionId: string },
): Promise<void> {
  const { isDefaultVersion } = await getPolicyVersion(db, accountId, { policyName, versionId })
  if (isDefaultVersion)
    throw iotError(
      'DeleteConflictException',
      `version ${versionId} is the default version of policy ${policyName}; make another one the default first`,
    )
  await db
    .deleteFrom('iot_policy_versions')
    .where('account_id', '=', accountId)
    .where('policy_name', '=', policyName)
    .where('version', '=', Number(versionId))
    .execute()
}
