/** A person signs in with a password, and with a code where they have a device for it. */
import type { Caller } from '../../../api/aws/caller.ts'
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import { commitChange, type IdentitiesDeps } from '../commit-change.ts'
import { userCaller } from '../credentials/callers.ts'
import { findIdentity } from '../entities/identity-store.ts'
import type { Identity } from '../entities/identity.ts'
import { findAccountId, findPasswordPolicy } from './account-store.ts'
import { checkNewPassword } from './check-password.ts'
import { findLoginProfile, replacePassword, type LoginProfile } from './login-profile-store.ts'
import { listMfaDevicesOfUser, type MfaDevice } from './mfa-device-store.ts'
import { hashPassword, isPassword, nobodysHash } from './password-hash.ts'
import { isExpired } from './password-policy.ts'
import { spendCode } from './second-factor.ts'

export interface PersonSignIn {
  /** Id or alias. */
  account: string
  userName: string
  password: string
  mfaCode?: string | undefined
  /** Where the present one has to be changed. */
  newPassword?: string | undefined
}

interface SignedIn {
  kind: 'in'
  accountId: string
  userId: string
  /** Of the password that holds now. */
  passwordChangedAt: Date
  /** When a code was given; null: there is no device. */
  mfaAt: Date | null
}

export type SignInOutcome =
  | SignedIn
  /** The password is right; what else has to be given. */
  | { kind: 'needs'; needs: ('mfaCode' | 'newPassword')[] }
  /** Whatever was wrong. */
  | { kind: 'refused'; accountId?: string }

export interface SignInDeps extends IdentitiesDeps {
  /** Whether the account has not been closed. */
  isOpen: (accountId: string) => boolean
  authorize: (caller: Caller, request: { action: string; resource: string }) => Promise<void>
}

/**
 * A user who is not there is judged as long as one who is.
 * @throws {AwsError} `PasswordPolicyViolationException` about the new password, `AccessDeniedException` where it may not
 * be changed; once the present one was right
 */
export async function signInPerson(deps: SignInDeps, request: PersonSignIn): Promise<SignInOutcome> {
  const { passwordCost } = deps
  const found = await findPerson(deps, request)
  const isRight = await isPassword(request.password, found.profile?.passwordHash ?? nobodysHash(passwordCost))
  const { accountId, user, profile } = found
  const refused = { kind: 'refused', ...(accountId !== undefined && { accountId }) } as const
  if (!user || !profile || !isRight) return refused
  const devices = await listMfaDevicesOfUser(deps.store.read, user.accountId, user.identityId)
  const mustChange = await needsNewPassword(deps, profile, user)
  const needs = [
    ...(devices.length > 0 && request.mfaCode === undefined ? (['mfaCode'] as const) : []),
    ...(mustChange && request.newPassword === undefined ? (['newPassword'] as const) : []),
  ]
  if (needs.length > 0) return { kind: 'needs', needs }
  const newPassword = mustChange ? request.newPassword : undefined
  if (newPassword !== undefined) await checkChange(deps, { user, devices, newPassword, request })
  const passwordHash = newPassword === undefined ? undefined : await hashPassword(newPassword, passwordCost)
  return (await enter(deps, { user, profile, devices, request, passwordHash })) ?? refused
}

async function findPerson({ store, isOpen }: SignInDeps, { account, userName }: PersonSignIn) {
  const db = store.read
  const named = await findAccountId(db, account)
  const accountId = named !== undefined && isOpen(named) ? named : undefined
  const user =
    accountId === undefined ? undefined : await findIdentity(db, { accountId, kind: 'user', name: userName })
  const profile = user && (await findLoginProfile(db, user.accountId, user.identityId))
  return { accountId, user, profile }
}

async function needsNewPassword(
  { store, now }: SignInDeps,
  { isResetRequired, changedAt }: LoginProfile,
  { accountId }: Identity,
): Promise<boolean> {
  const policy = await findPasswordPolicy(store.read, accountId)
  if (!isExpired(policy, changedAt, now())) return isResetRequired
  if (policy?.HardExpiry !== true) return true
  throw iamError('AccessDenied', 'The password has expired: an administrator has to set a new one')
}

interface Change {
  user: Identity
  devices: readonly MfaDevice[]
  newPassword: string
  request: PersonSignIn
}

async function checkChange(deps: SignInDeps, { user, devices, newPassword, request }: Change): Promise<void> {
  const policy = await findPasswordPolicy(deps.store.read, user.accountId)
  const mfaAt = devices.length > 0 ? deps.now() : null // nothing is changed before the code has been judged
  const caller = { ...userCaller(user), mfaAt }
  if (policy?.AllowUsersToChangePassword !== true)
    await deps.authorize(caller, { action: 'iam:ChangePassword', resource: user.arn })
  if (newPassword === request.password)
    throw iamError('PasswordPolicyViolationException', 'The new password must not be the present one')
  await checkNewPassword(deps.store.read, user, newPassword)
}

interface Entry {
  user: Identity
  profile: LoginProfile
  devices: readonly MfaDevice[]
  request: PersonSignIn
  passwordHash: string | undefined
}

/** `undefined` when the code is wrong, or the password was changed meanwhile. */
async function enter(deps: SignInDeps, entry: Entry): Promise<SignedIn | undefined> {
  const { user, profile, request, passwordHash } = entry
  const { accountId, identityId: userId } = user
  const now = deps.now()
  return commitChange(deps, accountId, async (db) => {
    const present = await findLoginProfile(db, accountId, userId)
    const isSame = present?.changedAt.getTime() === profile.changedAt.getTime()
    if (!present || !isSame) return { arn: user.arn, output: undefined }
    const devices = await listMfaDevicesOfUser(db, accountId, userId)
    const isProven = await spendAny(db, devices, request.mfaCode ?? '', { secrets: deps.store.secrets, now })
    if (devices.length > 0 && !isProven) return { arn: user.arn, output: undefined }
    if (passwordHash !== undefined) await replacePassword(db, user, { present, passwordHash, now })
    const holding = await findLoginProfile(db, accountId, userId)
    const passwordChangedAt = holding?.changedAt ?? present.changedAt
    const mfaAt = devices.length > 0 ? now : null
    return { arn: user.arn, output: { kind: 'in', accountId, userId, passwordChangedAt, mfaAt } as const }
  })
}

async function spendAny(
  db: Db,
  devices: readonly MfaDevice[],
  code: string,
  deps: Parameters<typeof spendCode>[3],
): Promise<boolean> {
  for (const device of devices) if (await spendCode(db, device, code, deps)) return true
  return false
}
