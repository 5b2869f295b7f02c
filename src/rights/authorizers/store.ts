import { iotError } from '../../api/aws/errors.ts'
import type { Db, Tables } from '../../store/index.ts'
import { maxAuthorizers, type Authorizer } from './authorizer.ts'

export async function findAuthorizer(
  db: Db,
  accountId: string,
  authorizerName: string,
): Promise<Authorizer | undefined> {
  const row = await db
    .selectFrom('authorizers')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('authorizer_name', '=', authorizerName)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getAuthorizer(db: Db, accountId: string, authorizerName: string): Promise<Authorizer> {
  const found = await findAuthorizer(db, accountId, authorizerName)
  if (found) return found
  throw iotError('ResourceNotFoundException', `there is no authorizer ${authorizerName}`)
}

/** @throws {AwsError} `ResourceAlreadyExistsException`; `LimitExceededException` when the account has enough of them */
export async function insertAuthorizer(db: Db, created: Authorizer, arn: string): Promise<void> {
  const { accountId, authorizerName } = created
  if (await findAuthorizer(db, accountId, authorizerName))
    throw iotError('ResourceAlreadyExistsException', `there is an authorizer ${authorizerName} already`, {
      resourceId: authorizerName,
      resourceArn: arn,
    })
  if ((await listAuthorizers(db, accountId)).length >= maxAuthorizers)
    throw iotError('LimitExceededException', `an account has at most ${maxAuthorizers} authorizers`)
  await db.insertInto('authorizers').values(toRow(created)).execute()
}

/** Writes back all that UpdateAuthorizer may change. */
export async function saveAuthorizer(db: Db, authorizer: Authorizer): Promise<void> {
  const { account_id, authorizer_name, created_at: _, signing_disabled: __, ...changes } = toRow(authorizer)
  await db
    .updateTable('authorizers')
    .set(changes)
    .where('account_id', '=', account_id)
    .where('authorizer_name', '=', authorizer_name)
    .execute()
}

export async function removeAuthorizer(db: Db, accountId: string, authorizerName: string): Promise<void> {
  await db
    .deleteFrom('authorizers')
    .where('account_id', '=', accountId)
    .where('authorizer_name', '=', authorizerName)
    .execute()
}

/** By name; an account has at most a hundred. */
export async function listAuthorizers(db: Db, accountId: string): Promise<Authorizer[]> {
  const rows = await db
    .selectFrom('authorizers')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('authorizer_name')
    .limit(maxAuthorizers)
    .execute()
  return rows.map(fromRow)
}

export async function findDefaultName(db: Db, accountId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('default_authorizers')
    .select('authorizer_name')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.authorizer_name
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getDefaultName(db: Db, accountId: string): Promise<string> {
  const name = await findDefaultName(db, accountId)
  if (name !== undefined) return name
  throw iotError('ResourceNotFoundException', 'the account has no default authorizer')
}

/** `undefined` takes the default away. */
export async function setDefaultName(db: Db, accountId: string, name: string | undefined): Promise<void> {
  await db.deleteFrom('default_authorizers').where('account_id', '=', accountId).execute()
  if (name === undefined) return
  await db
    .insertInto('default_authorizers')
    .values({ account_id: accountId, authorizer_name: name })
    .execute()
}

function toRow(authorizer: Authorizer): Tables['authorizers'] {
  return {
    account_id: authorizer.accountId,
    authorizer_name: authorizer.authorizerName,
    function_arn: authorizer.authorizerFunctionArn,
    token_key_name: authorizer.tokenKeyName ?? null,
    token_signing_public_keys: JSON.stringify(authorizer.tokenSigningPublicKeys),
    status: authorizer.status,
    signing_disabled: Number(authorizer.signingDisabled),
    caching_for_http: Number(authorizer.enableCachingForHttp),
    created_at: authorizer.creationDate.getTime(),
    modified_at: authorizer.lastModifiedDate.getTime(),
  }
}

function fromRow(row: Tables['authorizers']): Authorizer {
  return {
    accountId: row.account_id,
    authorizerName: row.authorizer_name,
    authorizerFunctionArn: row.function_arn,
    tokenKeyName: row.token_key_name ?? undefined,
    tokenSigningPublicKeys: JSON.parse(row.token_signing_public_keys) as Record<string, string>,
    status: row.status,
    signingDisabled: row.signing_disabled === 1,
    enableCachingForHttp: row.caching_for_http === 1,
    creationDate: new Date(row.created_at),
    lastModifiedDate: new Date(row.modified_at),
  }
}
