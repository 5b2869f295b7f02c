/** Functions and their versions in the database. */
import { randomUUID } from 'node:crypto'
import type { ArnScope } from '../../lib/arn.ts'
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db, Tables } from '../../store/index.ts'
import { functionArn } from './function-name.ts'
import { latest, type FunctionCode, type FunctionSettings, type FunctionVersion } from './function-version.ts'
import { lambdaError } from './lambda-error.ts'

export interface FunctionKey extends ArnScope {
  functionName: string
}

export interface NewFunction extends FunctionKey {
  settings: FunctionSettings
  code: FunctionCode
  now: Date
}

/** @throws {AwsError} `ResourceConflictException` when the name is taken */
export async function createFunction(db: Db, wanted: NewFunction): Promise<FunctionVersion> {
  const { accountId, functionName, now } = wanted
  if (await findReservation(db, accountId, functionName))
    throw lambdaError('ResourceConflictException', `Function already exist: ${functionName}`)
  await db
    .insertInto('functions')
    .values({
      account_id: accountId,
      function_name: functionName,
      next_version: 1,
      reserved_concurrency: null,
      created_at: now.getTime(),
    })
    .execute()
  const version = {
    accountId,
    functionName,
    version: latest,
    settings: wanted.settings,
    code: wanted.code,
    revisionId: randomUUID(),
    modifiedAt: now,
  }
  await insertVersion(db, version, 0)
  return version
}

/** The function's reserved concurrency, `null` for none; `undefined` when there is no such function. */
export async function findReservation(
  db: Db,
  accountId: string,
  functionName: string,
): Promise<{ reserved: number | null } | undefined> {
  const row = await db
    .selectFrom('functions')
    .select('reserved_concurrency')
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .executeTakeFirst()
  return row && { reserved: row.reserved_concurrency }
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function setReservation(db: Db, key: FunctionKey, reserved: number | null): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('functions')
    .set({ reserved_concurrency: reserved })
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw notFound(key)
}

/** What every account may run at a time in AWS, and what a reservation must leave (Lambda quotas). */
export const accountConcurrency = { total: 1000, leastUnreserved: 100 }

/** How much the functions of the account have reserved, but for one of them. */
export async function reservedByOthers(db: Db, { accountId, functionName }: FunctionKey): Promise<number> {
  const row = await db
    .selectFrom('functions')
    .select((expression) => expression.fn.sum<number | null>('reserved_concurrency').as('total'))
    .where('account_id', '=', accountId)
    .where('reserved_concurrency', 'is not', null)
    .where('function_name', '!=', functionName)
    .executeTakeFirst()
  return Number(row?.total ?? 0)
}

export async function insertVersion(db: Db, version: FunctionVersion, versionNumber: number): Promise<void> {
  await db
    .insertInto('function_versions')
    .values({ ...toRow(version), version_number: versionNumber })
    .execute()
}

/** `version` is `$LATEST` or a number. */
async function findVersion(
  db: Db,
  { accountId, functionName, version }: { accountId: string; functionName: string; version: string },
): Promise<FunctionVersion | undefined> {
  const row = await db
    .selectFrom('function_versions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .where('version', '=', version)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getVersion(db: Db, key: FunctionKey, version = latest): Promise<FunctionVersion> {
  const found = await findVersion(db, { ...key, version })
  if (!found) throw notFound(key, version === latest ? undefined : version)
  return found
}

interface LatestChange {
  settings?: FunctionSettings
  code?: FunctionCode
  /** What the caller has seen last. */
  revisionId?: string | undefined
  now: Date
}

/** @throws {AwsError} `ResourceNotFoundException`; `PreconditionFailedException` when somebody else changed it */
export async function updateLatest(db: Db, key: FunctionKey, change: LatestChange): Promise<FunctionVersion> {
  const present = await getVersion(db, key)
  checkRevision(present.revisionId, change.revisionId)
  const { settings = present.settings, code = present.code, now } = change
  const changed = { ...present, settings, code, revisionId: randomUUID(), modifiedAt: now }
  await db
    .updateTable('function_versions')
    .set(toRow(changed))
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .where('version', '=', latest)
    .execute()
  return changed
}

/** @throws {AwsError} `PreconditionFailedException` */
export function checkRevision(present: string, expected: string | undefined): void {
  if (expected === undefined || expected === present) return
  throw lambdaError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  )
}

/** Deletes the function with all that belongs to it. @throws {AwsError} `ResourceNotFoundException` */
export async function deleteFunction(db: Db, key: FunctionKey): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('functions')
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw notFound(key)
}

/** The `$LATEST` versions of an account's functions by name; one more than the page's limit if there are more. */
export async function listFunctions(
  db: Db,
  accountId: string,
  { after, limit }: PageRequest,
): Promise<FunctionVersion[]> {
  let query = db
    .selectFrom('function_versions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('version', '=', latest)
  if (after !== undefined) query = query.where('function_name', '>', after)
  const rows = await query
    .orderBy('function_name')
    .limit(limit + 1)
    .execute()
  return rows.map(fromRow)
}

export function notFound(scope: ArnScope & { functionName: string }, qualifier?: string): Error {
  const { functionName } = scope
  const arn = functionArn(scope, { functionName, ...(qualifier !== undefined && { qualifier }) })
  return lambdaError('ResourceNotFoundException', `Function not found: ${arn}`, { Type: 'User' })
}

type Row = Tables['function_versions']

function toRow(version: FunctionVersion): Omit<Row, 'version_number'> {
  return {
    account_id: version.accountId,
    function_name: version.functionName,
    version: version.version,
    settings: JSON.stringify(version.settings),
    code_id: version.code.codeId,
    code_sha256: version.code.sha256,
    code_size: version.code.size,
    revision_id: version.revisionId,
    modified_at: version.modifiedAt.getTime(),
  }
}

export function fromRow(row: Row): FunctionVersion {
  return {
    accountId: row.account_id,
    functionName: row.function_name,
    version: row.version,
    settings: JSON.parse(row.settings) as FunctionSettings,
    code: { codeId: row.code_id, sha256: row.code_sha256, size: row.code_size },
    revisionId: row.revision_id,
    modifiedAt: new Date(row.modified_at),
  }
}
