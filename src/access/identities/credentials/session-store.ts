/** Temporary credentials: an access key, its secret, and a token of which only the SHA-256 is kept. */
import { createHash, randomBytes } from 'node:crypto'
import type { Db, SecretBox } from '../../../store/index.ts'
import { createSecretAccessKey, createUniqueId } from '../entities/unique-id.ts'

export interface NewSession {
  accountId: string
  /** The role or user; `undefined` for the account's root. */
  identityId: string | undefined
  /** Roles only. */
  sessionName?: string | undefined
  /** JSON text of the policy that narrows the session. */
  sessionPolicy?: string | undefined
  /** What policies may ask of it, by condition key. */
  sessionContext?: Readonly<Record<string, string>> | undefined
  durationSeconds: number
  /** When a second factor was proven; null: none was. */
  mfaAt?: Date | null
  now: Date
}

/** As sts gives them out. */
export interface SessionCredentials {
  AccessKeyId: string
  SecretAccessKey: string
  SessionToken: string
  Expiration: Date
}

/** How long an expired session stays known, so that its user hears of the expiry: one day. */
const keepExpiredMs = 24 * 3600 * 1000

/** Also forgets sessions of the account that expired more than a day ago. */
export async function createSession(
  db: Db,
  session: NewSession,
  secrets: SecretBox,
): Promise<SessionCredentials> {
  const { accountId, now } = session
  await db
    .deleteFrom('iam_sessions')
    .where('account_id', '=', accountId)
    .where('expires_at', '<', now.getTime() - keepExpiredMs)
    .execute()
  const credentials = {
    AccessKeyId: createUniqueId('ASIA'),
    SecretAccessKey: createSecretAccessKey(),
    SessionToken: randomBytes(96).toString('base64'),
    Expiration: new Date(now.getTime() + session.durationSeconds * 1000),
  }
  await db
    .insertInto('iam_sessions')
    .values({
      account_id: accountId,
      access_key_id: credentials.AccessKeyId,
      identity_id: session.identityId ?? null,
      session_name: session.sessionName ?? null,
      secret_access_key: secrets.seal(credentials.SecretAccessKey, credentials.AccessKeyId),
      token_sha256: createHash('sha256').update(credentials.SessionToken).digest('hex'),
      session_policy: session.sessionPolicy ?? null,
      session_context: session.sessionContext === undefined ? null : JSON.stringify(session.sessionContext),
      expires_at: credentials.Expiration.getTime(),
      mfa_at: session.mfaAt?.getTime() ?? null,
    })
    .execute()
  return credentials
}
