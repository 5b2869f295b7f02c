/** Aliases: names that point at versions of a function. */
import { randomUUID } from 'node:crypto'
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db, Tables } from '../../store/index.ts'
import { functionArn } from './function-name.ts'
import { checkRevision, getVersion, type FunctionKey } from './function-store.ts'
import { latest } from './function-version.ts'
import { lambdaError } from './lambda-error.ts'

export interface FunctionAlias {
  aliasName: string
  functionVersion: string
  description: string
  /** A further version, and the share (0 to 1) of invocations that goes to it; empty for none. */
  routing: Record<string, number>
  revisionId: string
}

type AliasChange = Partial<Pick<FunctionAlias, 'functionVersion' | 'description' | 'routing'>>

/** @throws {AwsError} `ResourceConflictException`, `ResourceNotFoundException`, `InvalidParameterValueException` */
export async function createAlias(
  db: Db,
  key: FunctionKey,
  wanted: Omit<FunctionAlias, 'revisionId'>,
): Promise<FunctionAlias> {
  const { aliasName } = wanted
  if (/^\d+$/.test(aliasName))
    throw lambdaError('InvalidParameterValueException', `An alias must not be a number, got ${aliasName}`)
  await checkTargets(db, key, wanted)
  if (await findAlias(db, key, aliasName))
    throw lambdaError('ResourceConflictException', `Alias already exists: ${aliasArn(key, aliasName)}`)
  const alias = { ...wanted, revisionId: randomUUID() }
  await db.insertInto('function_aliases').values(toRow(key, alias)).execute()
  return alias
}

async function findAlias(
  db: Db,
  { accountId, functionName }: { accountId: string; functionName: string },
  aliasName: string,
): Promise<FunctionAlias | undefined> {
  const row = await db
    .selectFrom('function_aliases')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .where('alias_name', '=', aliasName)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getAlias(db: Db, key: FunctionKey, aliasName: string): Promise<FunctionAlias> {
  const alias = await findAlias(db, key, aliasName)
  if (!alias)
    throw lambdaError('ResourceNotFoundException', `Cannot find alias arn: ${aliasArn(key, aliasName)}`)
  return alias
}

/** @throws {AwsError} `ResourceNotFoundException`, `PreconditionFailedException`, `InvalidParameterValueException` */
export async function updateAlias(
  db: Db,
  key: FunctionKey,
  aliasName: string,
  { revisionId, ...change }: AliasChange & { revisionId?: string | undefined },
): Promise<FunctionAlias> {
  const present = await getAlias(db, key, aliasName)
  checkRevision(present.revisionId, revisionId)
  const changed = { ...present, ...change, revisionId: randomUUID() }
  await checkTargets(db, key, changed)
  await db
    .updateTable('function_aliases')
    .set(toRow(key, changed))
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .where('alias_name', '=', aliasName)
    .execute()
  return changed
}

/** Idempotent. */
export async function deleteAlias(db: Db, key: FunctionKey, aliasName: string): Promise<void> {
  await db
    .deleteFrom('function_aliases')
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .where('alias_name', '=', aliasName)
    .execute()
}

/** By name; one more than the page's limit if there are more. */
export async function listAliases(
  db: Db,
  { accountId, functionName }: FunctionKey,
  { after, limit, functionVersion }: PageRequest & { functionVersion?: string | undefined },
): Promise<FunctionAlias[]> {
  let query = db
    .selectFrom('function_aliases')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
  if (after !== undefined) query = query.where('alias_name', '>', after)
  if (functionVersion !== undefined) query = query.where('function_version', '=', functionVersion)
  const rows = await query
    .orderBy('alias_name')
    .limit(limit + 1)
    .execute()
  return rows.map(fromRow)
}

/** Names of the aliases that send any invocation to the version. */
export async function listAliasesOfVersion(db: Db, key: FunctionKey, version: string): Promise<string[]> {
  const aliases = await listAliases(db, key, { after: undefined, limit: 10_000 })
  return aliases
    .filter(({ functionVersion, routing }) => functionVersion === version || Object.hasOwn(routing, version))
    .map(({ aliasName }) => aliasName)
}

async function checkTargets(
  db: Db,
  key: FunctionKey,
  { functionVersion, routing }: Pick<FunctionAlias, 'functionVersion' | 'routing'>,
): Promise<void> {
  await getVersion(db, key, functionVersion)
  const further = Object.keys(routing)
  if (further.length > 1 || (further.length > 0 && [functionVersion, ...further].includes(latest)))
    throw lambdaError(
      'InvalidParameterValueException',
      'RoutingConfig can name one further version, and neither version may be $LATEST',
    )
  for (const version of further) await getVersion(db, key, version)
}

export const aliasArn = (key: FunctionKey, aliasName: string) =>
  functionArn(key, { functionName: key.functionName, qualifier: aliasName })

type Row = Tables['function_aliases']

function toRow({ accountId, functionName }: FunctionKey, alias: FunctionAlias): Row {
  return {
    account_id: accountId,
    function_name: functionName,
    alias_name: alias.aliasName,
    function_version: alias.functionVersion,
    description: alias.description,
    routing: Object.keys(alias.routing).length === 0 ? null : JSON.stringify(alias.routing),
    revision_id: alias.revisionId,
  }
}

function fromRow(row: Row): FunctionAlias {
  return {
    aliasName: row.alias_name,
    functionVersion: row.function_version,
    description: row.description,
    routing: row.routing === null ? {} : (JSON.parse(row.routing) as Record<string, number>),
    revisionId: row.revision_id,
  }
}
