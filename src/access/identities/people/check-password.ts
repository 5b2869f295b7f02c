/** Whether a user may have a password: what the policy asks, and that it was not one before. */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import type { Identity } from '../entities/identity.ts'
import { findPasswordPolicy } from './account-store.ts'
import { findLoginProfile, listOldPasswords } from './login-profile-store.ts'
import { isPassword } from './password-hash.ts'
import { passwordFault } from './password-policy.ts'

/** @throws {AwsError} `PasswordPolicyViolationException` that says what is wrong, never with the password */
export async function checkNewPassword(db: Db, user: Identity, password: string): Promise<void> {
  const policy = await findPasswordPolicy(db, user.accountId)
  const fault = passwordFault(password, user.name, policy)
  if (fault !== undefined) throw iamError('PasswordPolicyViolationException', fault)
  const kept = policy?.PasswordReusePrevention ?? 0
  if (kept === 0) return
  const present = await findLoginProfile(db, user.accountId, user.identityId)
  const old = await listOldPasswords(db, user.accountId, user.identityId)
  const last = [...(present ? [present] : []), ...old].slice(0, kept)
  for (const { passwordHash } of last)
    if (await isPassword(password, passwordHash))
      throw iamError(
        'PasswordPolicyViolationException',
        `Password should not be one of the last ${kept} passwords`,
      )
}
