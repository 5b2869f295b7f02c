/** Passwords by IAM's operations, and signing in with them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getIdentity } from '../entities/identity-store.ts'
import { accountId, allow, openTestAccount, policy, start } from '../testing/test-account.ts'
import { openTestPerson, Password, UserName, type TestPerson } from '../testing/test-person.ts'
import { getLoginProfile, listOldPasswords, replacePassword } from './login-profile-store.ts'

const refused = (code: string) => expect.objectContaining({ code })

let person: TestPerson
let account: TestPerson['account']
beforeEach(async () => {
  person = await openTestPerson()
  ;({ account } = person)
})
afterEach(() => person[Symbol.asyncDispose]())

describe('a password', () => {
  it.each([
    ['CreateLoginProfile', { UserName: 'nobody', Password }, 'NoSuchEntityException'],
    ['CreateLoginProfile', { UserName, Password: 'short' }, 'PasswordPolicyViolationException'],
    ['CreateLoginProfile', { UserName }, 'ValidationError'],
    ['GetLoginProfile', { UserName }, 'NoSuchEntityException'],
    ['UpdateLoginProfile', { UserName, Password }, 'NoSuchEntityException'],
    ['DeleteLoginProfile', { UserName }, 'NoSuchEntityException'],
  ] as const)('%s of %o is refused: %s', async (operation, input, code) => {
    await expect(account.iam(operation, input as never)).rejects.toThrow(refused(code))
    expect(await person.signIn()).toEqual({ kind: 'refused', accountId })
  })

  it('is kept as a hash, and told by nothing', async () => {
    const made = await person.withPassword({ PasswordResetRequired: true })
    const LoginProfile = { UserName, CreateDate: start, PasswordResetRequired: true }
    expect(made).toEqual({ LoginProfile })
    expect(await account.iam('GetLoginProfile', { UserName })).toEqual({ LoginProfile })
    const rows = await account.store.read.selectFrom('iam_login_profiles').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(Password)
    expect(rows[0]!.password_hash).toMatch(/^scrypt\$/)
    await expect(person.withPassword()).rejects.toThrow(refused('EntityAlreadyExistsException'))
  })

  it('is hashed at the cost that OWASP names', async () => {
    await using account = await openTestAccount({})
    await account.iam('CreateUser', { UserName })
    await account.iam('CreateLoginProfile', { UserName, Password })
    const rows = await account.store.read.selectFrom('iam_login_profiles').selectAll().execute()
    expect(rows[0]!.password_hash).toMatch(/^scrypt\$15\$8\$3\$/)
    const request = { account: accountId, userName: UserName, password: Password }
    expect(await account.identities.signInPerson(request)).toMatchObject({ kind: 'in' })
    const wrong = { ...request, password: 'Wrong-horse-1' }
    expect(await account.identities.signInPerson(wrong)).toEqual({ kind: 'refused', accountId })
  })

  it('lets its user in, and nobody else', async () => {
    await person.withPassword()
    const { User } = await account.iam('GetUser', { UserName })
    const expected = { kind: 'in', accountId, userId: User.UserId, mfaAt: null, passwordChangedAt: start }
    expect(await person.signIn()).toEqual(expected)
    expect(await person.signIn({ password: `${Password} ` })).toEqual({ kind: 'refused', accountId })
    expect(await person.signIn({ userName: 'ANNA' })).toEqual({ kind: 'refused', accountId })
    expect(await person.signIn({ userName: 'nobody' })).toEqual({ kind: 'refused', accountId })
    expect(await person.signIn({ account: 'no-such-alias' })).toEqual({ kind: 'refused' })
    await account.iam('CreateAccountAlias', { AccountAlias: 'lamps' })
    expect(await person.signIn({ account: 'lamps' })).toEqual(expected)
  })

  it('ends with a new one, the profile, and the user', async () => {
    await person.withPassword()
    const { userId, passwordChangedAt } = (await person.signIn()) as {
      userId: string
      passwordChangedAt: Date
    }
    const find = () => account.identities.findPerson(accountId, userId)
    expect(await find()).toMatchObject({ passwordChangedAt, caller: { name: UserName } })
    await account.iam('UpdateLoginProfile', { UserName, Password: 'Another-one-2' })
    const changed = await find()
    expect(changed!.passwordChangedAt.getTime()).toBeGreaterThan(passwordChangedAt.getTime())
    await expect(account.iam('DeleteUser', { UserName })).rejects.toThrow(refused('DeleteConflictException'))
    await account.iam('DeleteLoginProfile', { UserName })
    expect(await find()).toBeUndefined()
    await account.iam('DeleteUser', { UserName })
  })

  it('that has to be changed lets nobody in until it is, by the rules for it', async () => {
    await person.withPassword({ PasswordResetRequired: true })
    expect(await person.signIn()).toEqual({ kind: 'needs', needs: ['newPassword'] })
    expect(await person.signIn({ password: 'wrong', newPassword: 'Another-one-2' })).toMatchObject({
      kind: 'refused',
    })
    const newPassword = 'Another-one-2'
    await expect(person.signIn({ newPassword })).rejects.toThrow(
      /not authorized to perform: iam:ChangePassword/,
    )
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMUserChangePassword'
    await account.iam('AttachUserPolicy', { UserName, PolicyArn })
    await expect(person.signIn({ newPassword: 'short' })).rejects.toThrow(
      refused('PasswordPolicyViolationException'),
    )
    await expect(person.signIn({ newPassword: Password })).rejects.toThrow('must not be the present one')
    expect(await person.signIn({ newPassword })).toMatchObject({ kind: 'in' })
    expect(await person.signIn()).toMatchObject({ kind: 'refused' })
    expect(await person.signIn({ password: newPassword })).toMatchObject({ kind: 'in' })
  })
})

it('keeps as many earlier passwords as a policy can ask about, and no more', async () => {
  await person.withPassword()
  const identity = await getIdentity(account.store.read, { accountId, kind: 'user', name: UserName })
  await account.store.transact(async (db) => {
    for (let n = 0; n < 30; n += 1) {
      const present = await getLoginProfile(db, identity)
      await replacePassword(db, identity, { present, passwordHash: `hash ${n}`, now: start })
    }
  })
  const old = await listOldPasswords(account.store.read, accountId, identity.identityId)
  expect(old.map(({ passwordHash }) => passwordHash)).toEqual(
    Array.from({ length: 24 }, (_, n) => `hash ${28 - n}`),
  )
  await account.iam('DeleteLoginProfile', { UserName })
  expect(await listOldPasswords(account.store.read, accountId, identity.identityId)).toEqual([])
})

describe('ChangePassword', () => {
  const change = async (input: object, allowed = true) => {
    const PolicyDocument = policy(allowed ? allow('iam:ChangePassword') : allow('iot:*'))
    await account.iam('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument })
    const caller = await person.callerOf(UserName)
    return account.iam(
      'ChangePassword',
      { OldPassword: Password, NewPassword: 'Another-one-2', ...input },
      caller,
    )
  }

  it.each([
    ['a wrong old one', { OldPassword: 'Wrong-horse-1' }, true, 'AccessDenied'],
    ['a new one that is too weak', { NewPassword: 'weak' }, true, 'PasswordPolicyViolationException'],
    ['no right to', {}, false, 'AccessDeniedException'],
  ])('is refused with %s', async (_what, input, allowed, code) => {
    await person.withPassword()
    await expect(change(input, allowed)).rejects.toThrow(refused(code))
    expect(await person.signIn()).toMatchObject({ kind: 'in' })
  })

  it('is refused to root, and to a user without a password', async () => {
    const input = { OldPassword: Password, NewPassword: 'Another-one-2' }
    await expect(account.iam('ChangePassword', input)).rejects.toThrow(refused('InvalidUserTypeException'))
    await expect(change({})).rejects.toThrow(refused('NoSuchEntityException'))
  })

  it('changes it, where the password policy says so without a policy of IAM', async () => {
    await person.withPassword()
    await account.iam('UpdateAccountPasswordPolicy', { AllowUsersToChangePassword: true })
    await change({}, false)
    expect(await person.signIn()).toMatchObject({ kind: 'refused' })
    expect(await person.signIn({ password: 'Another-one-2' })).toMatchObject({ kind: 'in' })
  })
})

describe('the password policy', () => {
  it('is none until it is set, and then has what was left out as IAM has it', async () => {
    const get = () => account.iam('GetAccountPasswordPolicy', {})
    await expect(get()).rejects.toThrow(refused('NoSuchEntityException'))
    await expect(account.iam('DeleteAccountPasswordPolicy', {})).rejects.toThrow(
      refused('NoSuchEntityException'),
    )
    await account.iam('UpdateAccountPasswordPolicy', { MinimumPasswordLength: 20, MaxPasswordAge: 90 })
    expect((await get()).PasswordPolicy).toEqual({
      MinimumPasswordLength: 20,
      RequireSymbols: false,
      RequireNumbers: false,
      RequireUppercaseCharacters: false,
      RequireLowercaseCharacters: false,
      AllowUsersToChangePassword: false,
      ExpirePasswords: true,
      MaxPasswordAge: 90,
      HardExpiry: false,
    })
    await expect(person.withPassword()).rejects.toThrow('minimum length of 20')
    await account.iam('DeleteAccountPasswordPolicy', {})
    await person.withPassword()
  })

  it('keeps earlier passwords from coming again', async () => {
    await account.iam('UpdateAccountPasswordPolicy', { PasswordReusePrevention: 2 })
    await person.withPassword()
    const set = (next: string) => account.iam('UpdateLoginProfile', { UserName, Password: next })
    await expect(set(Password)).rejects.toThrow('one of the last 2 passwords')
    await set('Another-one-2')
    await expect(set(Password)).rejects.toThrow('one of the last 2 passwords')
    await set('And-another-3')
    await set(Password)
  })

  it('has an old password changed, or ends it', async () => {
    await account.iam('UpdateAccountPasswordPolicy', { MaxPasswordAge: 1 })
    await person.withPassword()
    person.later(2 * 86_400)
    expect(await person.signIn()).toEqual({ kind: 'needs', needs: ['newPassword'] })
    await account.iam('UpdateAccountPasswordPolicy', { MaxPasswordAge: 1, HardExpiry: true })
    await expect(person.signIn()).rejects.toThrow('has expired')
    expect(await person.signIn({ password: 'wrong' })).toMatchObject({ kind: 'refused' })
  })
})
