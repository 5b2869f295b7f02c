/** Published versions of functions. */
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db } from '../../store/index.ts'
import { listAliasesOfVersion } from './alias-store.ts'
import {
  checkRevision,
  fromRow,
  getVersion,
  insertVersion,
  notFound,
  type FunctionKey,
} from './function-store.ts'
import { latest, type FunctionVersion } from './function-version.ts'
import { lambdaError } from './lambda-error.ts'

interface Publication {
  description?: string | undefined
  /** Base64: the code that the caller means. */
  codeSha256?: string | undefined
  revisionId?: string | undefined
  now: Date
}

/**
 * Keeps `$LATEST` under the next number; resolves to the last published version when nothing changed since.
 * @throws {AwsError} `ResourceNotFoundException`, `PreconditionFailedException`, `InvalidParameterValueException`
 */
export async function publishVersion(
  db: Db,
  key: FunctionKey,
  { description, codeSha256, revisionId, now }: Publication,
): Promise<FunctionVersion> {
  const present = await getVersion(db, key)
  checkRevision(present.revisionId, revisionId)
  if (codeSha256 !== undefined && codeSha256 !== present.code.sha256)
    throw lambdaError(
      'InvalidParameterValueException',
      `CodeSHA256 (${codeSha256}) is different from current CodeSHA256 in $LATEST (${present.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
    )
  const settings = { ...present.settings, Description: description ?? present.settings.Description }
  const [last] = await listVersions(db, key, { after: undefined, limit: 1 }, 'desc')
  const isUnchanged =
    last?.version !== latest &&
    last?.code.sha256 === present.code.sha256 &&
    isDeepStrictEqual(last.settings, settings) // variables have no order
  if (last && isUnchanged) return last
  const number = await takeNextNumber(db, key)
  const published = {
    ...present,
    settings,
    version: String(number),
    revisionId: randomUUID(),
    modifiedAt: now,
  }
  await insertVersion(db, published, number)
  return published
}

async function takeNextNumber(db: Db, { accountId, functionName }: FunctionKey): Promise<number> {
  const { next_version: next } = await db
    .updateTable('functions')
    .set((expression) => ({ next_version: expression('next_version', '+', 1) }))
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .returning('next_version')
    .executeTakeFirstOrThrow()
  return next - 1
}

/** `$LATEST` first, then by number (`desc`: the highest number first); one more than the limit if there are more. */
export async function listVersions(
  db: Db,
  { accountId, functionName }: FunctionKey,
  { after, limit }: PageRequest,
  order: 'asc' | 'desc' = 'asc',
): Promise<FunctionVersion[]> {
  let query = db
    .selectFrom('function_versions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
  if (after !== undefined) query = query.where('version_number', '>', after === latest ? 0 : Number(after))
  const rows = await query
    .orderBy('version_number', order)
    .limit(limit + 1)
    .execute()
  return rows.map(fromRow)
}

/** @throws {AwsError} `ResourceNotFoundException`; `ResourceConflictException` while an alias points at it */
export async function deleteVersion(db: Db, key: FunctionKey, version: string): Promise<void> {
  if (version === latest)
    throw lambdaError(
      'InvalidParameterValueException',
      '$LATEST version cannot be deleted without deleting the function.',
    )
  const aliases = await listAliasesOfVersion(db, key, version)
  if (aliases.length > 0)
    throw lambdaError(
      'ResourceConflictException',
      `Version '${version}' can not be deleted since it is referenced by alias: ${aliases.join(', ')}`,
    )
  const { numDeletedRows } = await db
    .deleteFrom('function_versions')
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .where('version', '=', version)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw notFound(key, version)
}

/** Which archives the function's versions need. */
export async function listCodeIds(db: Db, { accountId, functionName }: FunctionKey): Promise<string[]> {
  const rows = await db
    .selectFrom('function_versions')
    .select('code_id')
    .distinct()
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .execute()
  return rows.map((row) => row.code_id)
}

/** Of all functions: which archives there must be, each by the account and the id of its code. */
export async function listAllCode(db: Db): Promise<{ accountId: string; codeId: string }[]> {
  const rows = await db.selectFrom('function_versions').select(['account_id', 'code_id']).distinct().execute()
  return rows.map((row) => ({ accountId: row.account_id, codeId: row.code_id }))
}
