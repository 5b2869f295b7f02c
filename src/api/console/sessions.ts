/**
 * Who is signed in to the console. A session is a random value in a cookie, of which only the SHA-256 is kept; it has
 * the rights of the access key, or of the user with a password, that opened it and ends with it.
 */
import { hash, randomBytes } from 'node:crypto'
import type { Store } from '../../store/index.ts'
import type { Caller } from '../aws/caller.ts'
import { iotError } from '../aws/errors.ts'
import type { FindCredential } from '../aws/sigv4/verify.ts'
import {
  deleteExpired,
  deleteSession,
  findSession,
  insertPass,
  insertSession,
  listSessions,
  spendPass,
  touchSession,
  type SessionRow,
} from './session-store.ts'

export interface SessionsDeps {
  store: Store
  findCredential: FindCredential
  /** Of a user who has a password; `undefined` when the user, or the password, is gone. */
  findPerson: (
    accountId: string,
    userId: string,
  ) => Promise<{ caller: Caller; passwordChangedAt: Date } | undefined>
  now: () => Date
}

export interface ConsoleSession {
  sessionId: string
  /** Absent for who signed in with a password. */
  accessKeyId?: string
  caller: Caller
  createdAt: Date
  expiresAt: Date
}

/** Whose session it is. */
export type SessionHolder =
  | { accountId: string; accessKeyId: string }
  | { accountId: string; userId: string; passwordChangedAt: Date; mfaAt: Date | null }

export type NewSession = SessionHolder & {
  sourceIp: string
  userAgent: string
}

/** An access key and its account. */
export interface KeyHolder {
  accountId: string
  accessKeyId: string
}

/** Ends when unused for so long, and in any case. */
const idleMs = 3_600_000
const longestMs = 12 * 3_600_000
/** How exactly the last use is kept: a write for each request would be one too many. */
const touchEveryMs = 60_000
const linkMs = 60_000
/** As long as a signature is taken. */
const proofMs = 30 * 60_000
const maxListedSessions = 1000
const maxUserAgentCharacters = 256

const sha256 = (text: string) => hash('sha256', text, 'hex')

export class ConsoleSessions {
  readonly #deps: SessionsDeps

  constructor(deps: SessionsDeps) {
    this.#deps = deps
  }

  /** Resolves with the cookie's value, once the session is durable. Sessions that have expired go. */
  async open(session: NewSession): Promise<string> {
    const { accountId, sourceIp, userAgent } = session
    const token = randomBytes(32).toString('base64url')
    const now = this.#deps.now().getTime()
    await this.#deps.store.transact(async (db) => {
      await deleteExpired(db, now)
      await insertSession(db, {
        account_id: accountId,
        token_sha256: sha256(token),
        session_id: randomBytes(12).toString('hex'),
        ...toHolderColumns(session),
        source_ip: sourceIp,
        user_agent: userAgent.slice(0, maxUserAgentCharacters),
        created_at: now,
        used_at: now,
        expires_at: now + longestMs,
      })
    })
    return token
  }

  /** The session of a cookie, while it and its key are alive. Using it keeps it from becoming idle. */
  async find(token: string, { isUse }: { isUse: boolean }): Promise<ConsoleSession | undefined> {
    const { store, now } = this.#deps
    const tokenSha256 = sha256(token)
    const row = await findSession(store.read, tokenSha256)
    const at = now().getTime()
    if (!row || at >= endOf(row)) return undefined
    const caller = await this.#findCaller(row, at)
    if (!caller) return undefined
    if (isUse && at - row.used_at >= touchEveryMs)
      await store.transact((db) => touchSession(db, tokenSha256, at))
    return {
      sessionId: row.session_id,
      ...(row.access_key_id !== null && { accessKeyId: row.access_key_id }),
      caller,
      createdAt: new Date(row.created_at),
      expiresAt: new Date(row.expires_at),
    }
  }

  async #findCaller(row: SessionRow, at: number): Promise<Caller | undefined> {
    if (row.access_key_id === null) return this.#findPerson(row)
    const credential = await this.#deps.findCredential(row.access_key_id)
    if (credential?.status !== 'Active' || credential.caller.accountId !== row.account_id) return undefined
    return credential.expiresAt && credential.expiresAt.getTime() <= at ? undefined : credential.caller
  }

  async #findPerson(row: SessionRow): Promise<Caller | undefined> {
    const person = await this.#deps.findPerson(row.account_id, row.user_id ?? '')
    if (person?.passwordChangedAt.getTime() !== row.password_changed_at) return undefined
    return person && { ...person.caller, mfaAt: row.mfa_at === null ? null : new Date(row.mfa_at) }
  }

  async list(accountId: string) {
    const now = this.#deps.now().getTime()
    const rows = await listSessions(this.#deps.store.read, accountId, maxListedSessions)
    const open = rows.filter((row) => now < endOf(row))
    return Promise.all(
      open.map(async (row) => ({
        sessionId: row.session_id,
        ...(row.access_key_id !== null && { accessKeyId: row.access_key_id }),
        // absent for one that has ended with its key or password, and has not been taken away yet
        arn: (await this.#findCaller(row, now))?.arn,
        hasMfa: row.mfa_at !== null,
        sourceIp: row.source_ip,
        userAgent: row.user_agent,
        createdAt: new Date(row.created_at).toISOString(),
        usedAt: new Date(row.used_at).toISOString(),
        expiresAt: new Date(row.expires_at).toISOString(),
      })),
    )
  }

  /** @throws {AwsError} `ResourceNotFoundException` */
  async end(accountId: string, sessionId: string): Promise<void> {
    const isEnded = await this.#deps.store.transact((db) => deleteSession(db, accountId, sessionId))
    if (!isEnded) throw iotError('ResourceNotFoundException', `there is no session ${sessionId}`)
  }

  /** A token that opens one session for the key, within a minute. */
  async giveOutLink({ accountId, accessKeyId }: KeyHolder): Promise<string> {
    const token = randomBytes(32).toString('base64url')
    const expiresAt = this.#deps.now().getTime() + linkMs
    const pass = { accountId, accessKeyId, passSha256: sha256(token), expiresAt }
    await this.#deps.store.transact((db) => insertPass(db, pass, { isSpent: false }))
    return token
  }

  /** Whose link it is; `undefined` when it is unknown, used, or too old. */
  async spendLink(token: string): Promise<KeyHolder | undefined> {
    return this.#deps.store.transact((db) => spendPass(db, sha256(token), this.#deps.now().getTime()))
  }

  /** False when the proof has been used before. */
  async spendProof(proof: KeyHolder & { signature: string }): Promise<boolean> {
    const { accountId, accessKeyId, signature } = proof
    const expiresAt = this.#deps.now().getTime() + proofMs
    const pass = { accountId, accessKeyId, passSha256: sha256(signature), expiresAt }
    return this.#deps.store.transact((db) => insertPass(db, pass, { isSpent: true }))
  }
}

const endOf = (row: SessionRow): number => Math.min(row.expires_at, row.used_at + idleMs)

function toHolderColumns(holder: SessionHolder) {
  if ('accessKeyId' in holder)
    return { access_key_id: holder.accessKeyId, user_id: null, password_changed_at: null, mfa_at: null }
  const { userId, passwordChangedAt, mfaAt } = holder
  return {
    access_key_id: null,
    user_id: userId,
    password_changed_at: passwordChangedAt.getTime(),
    mfa_at: mfaAt?.getTime() ?? null,
  }
}
