import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { findPasswordPolicy } from './people/account-store.ts'
import { checkNewPassword } from './people/check-password.ts'
import {
  createLoginProfile,
  deleteLoginProfile,
  getLoginProfile,
  replacePassword,
  setResetRequired,
  type LoginProfile,
} from './people/login-profile-store.ts'
import { hashPassword, isPassword } from './people/password-hash.ts'
import { getUser } from './users-operations.ts'

/**
 * A password is hashed before the transaction that writes it: that takes a tenth of a second, in which nobody else could
 * write.
 */
export function loginProfilesOperations(deps: IdentitiesDeps) {
  const { store, now, passwordCost } = deps
  return {
    async CreateLoginProfile({ UserName, Password, PasswordResetRequired = false }, context) {
      if (Password === undefined) throw iamError('ValidationError', 'Password must be given')
      const user = await getUser(store.read, UserName, context)
      await checkNewPassword(store.read, user, Password)
      const passwordHash = await hashPassword(Password, passwordCost)
      return commitChange(deps, context.accountId, async (db) => {
        const present = await getUser(db, user.name, context)
        const profile = { passwordHash, isResetRequired: PasswordResetRequired, now: now() }
        const made = await createLoginProfile(db, present, profile)
        return { arn: user.arn, output: { LoginProfile: render(user.name, made) } }
      })
    },

    async GetLoginProfile({ UserName }, context) {
      const user = await getUser(store.read, UserName, context)
      return { LoginProfile: render(user.name, await getLoginProfile(store.read, user)) }
    },

    async UpdateLoginProfile({ UserName, Password, PasswordResetRequired }, context) {
      const user = await getUser(store.read, UserName, context)
      await getLoginProfile(store.read, user)
      if (Password !== undefined) await checkNewPassword(store.read, user, Password)
      const passwordHash = Password === undefined ? undefined : await hashPassword(Password, passwordCost)
      await commitChange(deps, context.accountId, async (db) => {
        const present = await getLoginProfile(db, user)
        if (passwordHash !== undefined) await replacePassword(db, user, { present, passwordHash, now: now() })
        if (PasswordResetRequired !== undefined || passwordHash !== undefined)
          await setResetRequired(db, user, PasswordResetRequired ?? present.isResetRequired)
        return { arn: user.arn, output: undefined }
      })
    },

    async DeleteLoginProfile({ UserName }, context) {
      await commitChange(deps, context.accountId, async (db) => {
        const user = await getUser(db, UserName, context)
        await getLoginProfile(db, user)
        await deleteLoginProfile(db, user)
        return { arn: user.arn, output: undefined }
      })
    },

    /** assumed: a wrong old password is answered with AccessDenied. */
    async ChangePassword({ OldPassword, NewPassword }, context) {
      const { accountId, caller } = context
      const policy = await findPasswordPolicy(store.read, accountId)
      if (policy?.AllowUsersToChangePassword !== true)
        await context.authorize('iam:ChangePassword', caller.arn)
      if (caller.kind !== 'user')
        throw iamError('InvalidUserTypeException', 'Only IAM Users can change their own password')
      const user = await getUser(store.read, undefined, context)
      const before = await getLoginProfile(store.read, user)
      if (!(await isPassword(OldPassword, before.passwordHash)))
        throw iamError('AccessDenied', 'The old password was incorrect.')
      await checkNewPassword(store.read, user, NewPassword)
      const passwordHash = await hashPassword(NewPassword, passwordCost)
      await commitChange(deps, accountId, async (db) => {
        const present = await getLoginProfile(db, user)
        if (present.passwordHash !== before.passwordHash)
          throw iamError(
            'EntityTemporarilyUnmodifiableException',
            'The password is being changed; try again.',
          )
        await replacePassword(db, user, { present, passwordHash, now: now() })
        return { arn: user.arn, output: undefined }
      })
    },
  } satisfies Partial<Operations<typeof Iam>>
}

const render = (UserName: string, { createDate, isResetRequired }: LoginProfile) => ({
  UserName,
  CreateDate: createDate,
  PasswordResetRequired: isResetRequired,
})
