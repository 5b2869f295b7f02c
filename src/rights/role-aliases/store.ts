import { iotError } from '../../api/aws/errors.ts'
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db, Tables } from '../../store/index.ts'
import { maxRoleAliases, type RoleAlias } from './role-alias.ts'

export async function findRoleAlias(
  db: Db,
  accountId: string,
  roleAlias: string,
): Promise<RoleAlias | undefined> {
  const row = await db
    .selectFrom('role_aliases')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('role_alias', '=', roleAlias)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getRoleAlias(db: Db, accountId: string, roleAlias: string): Promise<RoleAlias> {
  const found = await findRoleAlias(db, accountId, roleAlias)
  if (found) return found
  throw iotError('ResourceNotFoundException', `there is no role alias ${roleAlias}`)
}

/** @throws {AwsError} `ResourceAlreadyExistsException`; `LimitExceededException` when the account has a hundred */
export async function createRoleAlias(db: Db, created: RoleAlias, arn: string): Promise<void> {
  const { accountId, roleAlias } = created
  if (await findRoleAlias(db, accountId, roleAlias))
    throw iotError('ResourceAlreadyExistsException', `there is a role alias ${roleAlias} already`, {
      resourceId: roleAlias,
      resourceArn: arn,
    })
  const { count } = await db
    .selectFrom('role_aliases')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  if (Number(count) >= maxRoleAliases)
    throw iotError('LimitExceededException', `an account has at most ${maxRoleAliases} role aliases`)
  await db.insertInto('role_aliases').values(toRow(created)).execute()
}

export interface RoleAliasChange {
  roleAlias: string
  roleArn?: string | undefined
  credentialDurationSeconds?: number | undefined
  now: Date
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function updateRoleAlias(db: Db, accountId: string, change: RoleAliasChange): Promise<void> {
  const { roleAlias, roleArn, credentialDurationSeconds, now } = change
  await getRoleAlias(db, accountId, roleAlias)
  await db
    .updateTable('role_aliases')
    .set({
      ...(roleArn !== undefined && { role_arn: roleArn }),
      ...(credentialDurationSeconds !== undefined && {
        credential_duration_seconds: credentialDurationSeconds,
      }),
      modified_at: now.getTime(),
    })
    .where('account_id', '=', accountId)
    .where('role_alias', '=', roleAlias)
    .execute()
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function deleteRoleAlias(db: Db, accountId: string, roleAlias: string): Promise<void> {
  await getRoleAlias(db, accountId, roleAlias)
  await db
    .deleteFrom('role_aliases')
    .where('account_id', '=', accountId)
    .where('role_alias', '=', roleAlias)
    .execute()
}

/** Names in alphabetical order or against it; one more than the page's limit when there are more. */
export async function listRoleAliases(
  db: Db,
  accountId: string,
  { after, limit, isAscending }: PageRequest & { isAscending: boolean },
): Promise<string[]> {
  let query = db.selectFrom('role_aliases').select('role_alias').where('account_id', '=', accountId)
  if (after !== undefined) query = query.where('role_alias', isAscending ? '>' : '<', after)
  const rows = await query
    .orderBy('role_alias', isAscending ? 'asc' : 'desc')
    .limit(limit + 1)
    .execute()
  return rows.map(({ role_alias }) => role_alias)
}

function toRow(alias: RoleAlias): Tables['role_aliases'] {
  return {
    account_id: alias.accountId,
    role_alias: alias.roleAlias,
    role_arn: alias.roleArn,
    credential_duration_seconds: alias.credentialDurationSeconds,
    created_at: alias.creationDate.getTime(),
    modified_at: alias.lastModifiedDate.getTime(),
  }
}

function fromRow(row: Tables['role_aliases']): RoleAlias {
  return {
    accountId: row.account_id,
    roleAlias: row.role_alias,
    roleArn: row.role_arn,
    credentialDurationSeconds: row.credential_duration_seconds,
    creationDate: new Date(row.created_at),
    lastModifiedDate: new Date(row.modified_at),
  }
}
