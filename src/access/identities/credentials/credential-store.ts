/** Finds what a request was signed with. */
import type { Caller } from '../../../api/aws/caller.ts'
import type { Db, SecretBox, Store } from '../../../store/index.ts'
import { findIdentityById } from '../entities/identity-store.ts'
import type { Identity } from '../entities/identity.ts'
import { roleCaller, rootCaller, userCaller } from './callers.ts'

export interface Credential {
  accessKeyId: string
  secretAccessKey: string
  /** SHA-256 of the session token, 64 hex digits; temporary credentials only, and then the token is a must. */
  sessionTokenHash?: string
  status: 'Active' | 'Inactive'
  /** Temporary credentials only; the caller of this function compares it with the time. */
  expiresAt?: Date
  caller: Caller
}

/** Long-term or temporary; `undefined` when unknown or when its user or role is gone. */
export async function findCredential(
  { read, secrets }: Pick<Store, 'read' | 'secrets'>,
  accessKeyId: string,
): Promise<Credential | undefined> {
  const find = accessKeyId.startsWith('ASIA') ? findTemporary : findLongTerm
  return await find(read, accessKeyId, secrets)
}

async function findLongTerm(
  db: Db,
  accessKeyId: string,
  secrets: SecretBox,
): Promise<Credential | undefined> {
  const row = await db
    .selectFrom('iam_access_keys')
    .selectAll()
    .where('access_key_id', '=', accessKeyId)
    .executeTakeFirst()
  if (!row) return undefined
  const caller = await findOwner(db, row.account_id, row.user_id, undefined)
  const secretAccessKey = secrets.open(row.secret_access_key, accessKeyId)
  return caller && { accessKeyId, secretAccessKey, status: row.status, caller }
}

async function findTemporary(
  db: Db,
  accessKeyId: string,
  secrets: SecretBox,
): Promise<Credential | undefined> {
  const row = await db
    .selectFrom('iam_sessions')
    .selectAll()
    .where('access_key_id', '=', accessKeyId)
    .executeTakeFirst()
  if (!row) return undefined
  const caller = await findOwner(db, row.account_id, row.identity_id, row.session_name ?? undefined)
  if (!caller) return undefined
  return {
    accessKeyId,
    secretAccessKey: secrets.open(row.secret_access_key, accessKeyId),
    sessionTokenHash: row.token_sha256,
    status: 'Active',
    expiresAt: new Date(row.expires_at),
    caller: {
      ...caller,
      mfaAt: row.mfa_at === null ? null : new Date(row.mfa_at),
      ...(row.session_policy !== null && { sessionPolicy: row.session_policy }),
      ...(row.session_context !== null && {
        sessionContext: JSON.parse(row.session_context) as Record<string, string>,
      }),
    },
  }
}

async function findOwner(
  db: Db,
  accountId: string,
  identityId: string | null,
  sessionName: string | undefined,
): Promise<Caller | undefined> {
  if (identityId === null) return rootCaller(accountId)
  const identity = await findIdentityById(db, accountId, identityId)
  return identity && toCaller(identity, sessionName)
}

function toCaller(identity: Identity, sessionName: string | undefined): Caller | undefined {
  if (identity.kind === 'user') return userCaller(identity)
  return sessionName === undefined ? undefined : roleCaller(identity, sessionName)
}
