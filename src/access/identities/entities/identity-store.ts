/** Rows of users, groups, and roles. */
import { sql } from 'kysely'
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import type { IamIdentityRow } from '../../../store/tables/identities.ts'
import { toIdentity, toNameKey, type Identity, type IdentityKind } from './identity.ts'
import { rowsOfPage, startOfPage, type PageRequest } from './page.ts'
import { createUniqueId } from './unique-id.ts'

const idPrefix = { user: 'AIDA', group: 'AGPA', role: 'AROA' } as const

/** Names an identity the way AWS's operations do: by kind and name. */
export interface IdentityName {
  accountId: string
  kind: IdentityKind
  name: string
}

interface NewIdentity extends IdentityName {
  path: string | undefined
  boundaryArn?: string | undefined
  description?: string | undefined
  trustPolicy?: string | undefined
  maxSessionSeconds?: number | undefined
  now: Date
}

/** @throws {AwsError} `EntityAlreadyExistsException` when the name is taken, in whatever case */
export async function createIdentity(db: Db, identity: NewIdentity): Promise<Identity> {
  const { accountId, kind, name } = identity
  await checkNameIsFree(db, identity)
  const row: IamIdentityRow = {
    account_id: accountId,
    identity_id: createUniqueId(idPrefix[kind]),
    kind,
    name,
    name_key: toNameKey(name),
    path: identity.path ?? '/',
    created_at: identity.now.getTime(),
    boundary_arn: identity.boundaryArn ?? null,
    description: identity.description ?? null,
    trust_policy: identity.trustPolicy ?? null,
    max_session_seconds: identity.maxSessionSeconds ?? null,
  }
  await db.insertInto('iam_identities').values(row).execute()
  return toIdentity(row)
}

export async function findIdentity(
  db: Db,
  { accountId, kind, name }: IdentityName,
): Promise<Identity | undefined> {
  const row = await db
    .selectFrom('iam_identities')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('kind', '=', kind)
    .where('name_key', '=', toNameKey(name))
    .executeTakeFirst()
  // assumed: names collide in whatever case, but are found only as they are written
  return row?.name === name ? toIdentity(row) : undefined
}

/** @throws {AwsError} `NoSuchEntityException` */
export async function getIdentity(db: Db, identity: IdentityName): Promise<Identity> {
  const found = await findIdentity(db, identity)
  if (found) return found
  throw iamError('NoSuchEntityException', `The ${identity.kind} with name ${identity.name} cannot be found.`)
}

export async function findIdentityById(
  db: Db,
  accountId: string,
  identityId: string,
): Promise<Identity | undefined> {
  const row = await db
    .selectFrom('iam_identities')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('identity_id', '=', identityId)
    .executeTakeFirst()
  return row && toIdentity(row)
}

/** A page's rows and one more, sorted by name, for `pageOf`. */
export async function listIdentities(
  db: Db,
  { accountId, kind }: Omit<IdentityName, 'name'>,
  request: PageRequest & { PathPrefix?: string | undefined },
): Promise<Identity[]> {
  const { PathPrefix = '/' } = request
  const after = startOfPage(request)
  let query = db
    .selectFrom('iam_identities')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('kind', '=', kind)
    .orderBy('name_key')
    .limit(rowsOfPage(request))
  if (after !== undefined) query = query.where('name_key', '>', after)
  if (PathPrefix !== '/')
    query = query.where(sql<string>`substr(path, 1, ${PathPrefix.length})`, '=', PathPrefix)
  return (await query.execute()).map(toIdentity)
}

/** The sort key of `listIdentities`. */
export function identityKey({ name }: Identity): string {
  return toNameKey(name)
}

type ChangedMembers = Partial<
  Pick<Identity, 'name' | 'path' | 'boundaryArn' | 'description' | 'trustPolicy' | 'maxSessionSeconds'>
>

/**
 * Writes the members that `changes` has, absent ones stay; `undefined` clears one.
 * @throws {AwsError} `EntityAlreadyExistsException` when another identity has the new name
 */
export async function updateIdentity(db: Db, identity: Identity, changes: ChangedMembers): Promise<Identity> {
  const changed = { ...identity, ...changes }
  if (toNameKey(changed.name) !== toNameKey(identity.name)) await checkNameIsFree(db, changed)
  const row = await db
    .updateTable('iam_identities')
    .set({
      name: changed.name,
      name_key: toNameKey(changed.name),
      path: changed.path,
      boundary_arn: changed.boundaryArn ?? null,
      description: changed.description ?? null,
      trust_policy: changed.trustPolicy ?? null,
      max_session_seconds: changed.maxSessionSeconds ?? null,
    })
    .where('account_id', '=', identity.accountId)
    .where('identity_id', '=', identity.identityId)
    .returningAll()
    .executeTakeFirstOrThrow()
  return toIdentity(row)
}

/** The caller has checked that no policy, key, or member is left. Tags and sessions go with it. */
export async function deleteIdentity(db: Db, { accountId, identityId }: Identity): Promise<void> {
  await db
    .deleteFrom('iam_tags')
    .where('account_id', '=', accountId)
    .where('owner_id', '=', identityId)
    .execute()
  await db
    .deleteFrom('iam_identities')
    .where('account_id', '=', accountId)
    .where('identity_id', '=', identityId)
    .execute()
}

async function checkNameIsFree(db: Db, { accountId, kind, name }: IdentityName): Promise<void> {
  const taken = await db
    .selectFrom('iam_identities')
    .select('name')
    .where('account_id', '=', accountId)
    .where('kind', '=', kind)
    .where('name_key', '=', toNameKey(name))
    .executeTakeFirst()
  if (!taken) return
  const label = { user: 'User', group: 'Group', role: 'Role' }[kind]
  throw iamError('EntityAlreadyExistsException', `${label} with name ${taken.name} already exists.`)
}
