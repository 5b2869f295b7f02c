/** Passwords and second factors by IAM's operations; signing in with them. */
import { beforeEach, describe, expect, it, afterEach } from 'vitest'
import { crc32 } from 'node:zlib'
import { accountId, allow, openTestAccount, policy, start, trusting } from '../testing/test-account.ts'
import { getIdentity } from '../entities/identity-store.ts'
import { fromBase32 } from './base32.ts'
import { getLoginProfile, listOldPasswords, replacePassword } from './login-profile-store.ts'
import { codeOf, stepOf } from './totp.ts'

const UserName = 'anna'
const Password = 'Correct-horse-1'
const refused = (code: string) => expect.objectContaining({ code })

let account: Awaited<ReturnType<typeof openTestAccount>>
beforeEach(async () => {
  account = await openTestAccount()
  await account.iam('CreateUser', { UserName })
})
afterEach(() => account[Symbol.asyncDispose]())

const later = (seconds: number) => {
  account.clock.now = new Date(account.clock.now.getTime() + seconds * 1000)
}
const signIn = (more: object = {}) =>
  account.identities.signInPerson({ account: accountId, userName: UserName, password: Password, ...more })
const withPassword = (more: object = {}) => account.iam('CreateLoginProfile', { UserName, Password, ...more })
const callerOf = async (name: string) => {
  const { AccessKey } = await account.iam('CreateAccessKey', { UserName: name })
  return (await account.identities.findCredential(AccessKey.AccessKeyId))!.caller
}

/** A device and the codes it shows. */
async function makeDevice(name = 'phone') {
  const { VirtualMFADevice } = await account.iam('CreateVirtualMFADevice', { VirtualMFADeviceName: name })
  const seed = fromBase32(Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString())
  const code = (ahead = 0) => codeOf(seed, stepOf(account.clock.now) + ahead)
  return { device: VirtualMFADevice!, SerialNumber: VirtualMFADevice!.SerialNumber!, code }
}

async function withDevice(name?: string) {
  const made = await makeDevice(name)
  const codes = { AuthenticationCode1: made.code(-1), AuthenticationCode2: made.code() }
  await account.iam('EnableMFADevice', { UserName, SerialNumber: made.SerialNumber, ...codes })
  later(60)
  return made
}

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
    expect(await signIn()).toEqual({ kind: 'refused', accountId })
  })

  it('is kept as a hash, and told by nothing', async () => {
    const made = await withPassword({ PasswordResetRequired: true })
    const LoginProfile = { UserName, CreateDate: start, PasswordResetRequired: true }
    expect(made).toEqual({ LoginProfile })
    expect(await account.iam('GetLoginProfile', { UserName })).toEqual({ LoginProfile })
    const rows = await account.store.read.selectFrom('iam_login_profiles').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(Password)
    expect(rows[0]!.password_hash).toMatch(/^scrypt\$/)
    await expect(withPassword()).rejects.toThrow(refused('EntityAlreadyExistsException'))
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
    await withPassword()
    const { User } = await account.iam('GetUser', { UserName })
    const expected = { kind: 'in', accountId, userId: User.UserId, mfaAt: null, passwordChangedAt: start }
    expect(await signIn()).toEqual(expected)
    expect(await signIn({ password: `${Password} ` })).toEqual({ kind: 'refused', accountId })
    expect(await signIn({ userName: 'ANNA' })).toEqual({ kind: 'refused', accountId })
    expect(await signIn({ userName: 'nobody' })).toEqual({ kind: 'refused', accountId })
    expect(await signIn({ account: 'no-such-alias' })).toEqual({ kind: 'refused' })
    await account.iam('CreateAccountAlias', { AccountAlias: 'lamps' })
    expect(await signIn({ account: 'lamps' })).toEqual(expected)
  })

  it('ends with a new one, the profile, and the user', async () => {
    await withPassword()
    const { userId, passwordChangedAt } = (await signIn()) as { userId: string; passwordChangedAt: Date }
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
    await withPassword({ PasswordResetRequired: true })
    expect(await signIn()).toEqual({ kind: 'needs', needs: ['newPassword'] })
    expect(await signIn({ password: 'wrong', newPassword: 'Another-one-2' })).toMatchObject({
      kind: 'refused',
    })
    const newPassword = 'Another-one-2'
    await expect(signIn({ newPassword })).rejects.toThrow(/not authorized to perform: iam:ChangePassword/)
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMUserChangePassword'
    await account.iam('AttachUserPolicy', { UserName, PolicyArn })
    await expect(signIn({ newPassword: 'short' })).rejects.toThrow(
      refused('PasswordPolicyViolationException'),
    )
    await expect(signIn({ newPassword: Password })).rejects.toThrow('must not be the present one')
    expect(await signIn({ newPassword })).toMatchObject({ kind: 'in' })
    expect(await signIn()).toMatchObject({ kind: 'refused' })
    expect(await signIn({ password: newPassword })).toMatchObject({ kind: 'in' })
  })
})

it('keeps as many earlier passwords as a policy can ask about, and no more', async () => {
  await withPassword()
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
    const caller = await callerOf(UserName)
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
    await withPassword()
    await expect(change(input, allowed)).rejects.toThrow(refused(code))
    expect(await signIn()).toMatchObject({ kind: 'in' })
  })

  it('is refused to root, and to a user without a password', async () => {
    const input = { OldPassword: Password, NewPassword: 'Another-one-2' }
    await expect(account.iam('ChangePassword', input)).rejects.toThrow(refused('InvalidUserTypeException'))
    await expect(change({})).rejects.toThrow(refused('NoSuchEntityException'))
  })

  it('changes it, where the password policy says so without a policy of IAM', async () => {
    await withPassword()
    await account.iam('UpdateAccountPasswordPolicy', { AllowUsersToChangePassword: true })
    await change({}, false)
    expect(await signIn()).toMatchObject({ kind: 'refused' })
    expect(await signIn({ password: 'Another-one-2' })).toMatchObject({ kind: 'in' })
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
    await expect(withPassword()).rejects.toThrow('minimum length of 20')
    await account.iam('DeleteAccountPasswordPolicy', {})
    await withPassword()
  })

  it('keeps earlier passwords from coming again', async () => {
    await account.iam('UpdateAccountPasswordPolicy', { PasswordReusePrevention: 2 })
    await withPassword()
    const set = (next: string) => account.iam('UpdateLoginProfile', { UserName, Password: next })
    await expect(set(Password)).rejects.toThrow('one of the last 2 passwords')
    await set('Another-one-2')
    await expect(set(Password)).rejects.toThrow('one of the last 2 passwords')
    await set('And-another-3')
    await set(Password)
  })

  it('has an old password changed, or ends it', async () => {
    await account.iam('UpdateAccountPasswordPolicy', { MaxPasswordAge: 1 })
    await withPassword()
    later(2 * 86_400)
    expect(await signIn()).toEqual({ kind: 'needs', needs: ['newPassword'] })
    await account.iam('UpdateAccountPasswordPolicy', { MaxPasswordAge: 1, HardExpiry: true })
    await expect(signIn()).rejects.toThrow('has expired')
    expect(await signIn({ password: 'wrong' })).toMatchObject({ kind: 'refused' })
  })
})

describe('an MFA device', () => {
  it.each([
    ['EnableMFADevice', { UserName: 'nobody' }, 'NoSuchEntityException'],
    ['EnableMFADevice', { SerialNumber: `arn:aws:iam::${accountId}:mfa/none` }, 'NoSuchEntityException'],
    [
      'EnableMFADevice',
      { SerialNumber: `arn:aws:iam::${accountId}:mfa/other/phone` },
      'NoSuchEntityException',
    ],
    ['EnableMFADevice', { AuthenticationCode2: '000000' }, 'InvalidAuthenticationCodeException'],
    ['ResyncMFADevice', {}, 'NoSuchEntityException'],
    ['DeactivateMFADevice', {}, 'NoSuchEntityException'],
  ] as const)('%s with %o is refused: %s', async (operation, input, code) => {
    const { SerialNumber, code: shown } = await makeDevice()
    const codes = { AuthenticationCode1: shown(-1), AuthenticationCode2: shown() }
    const call = account.iam(operation, { UserName, SerialNumber, ...codes, ...input } as never)
    await expect(call).rejects.toThrow(refused(code))
    expect((await account.iam('ListMFADevices', { UserName })).MFADevices).toEqual([])
  })

  it('has a seed as text and as a picture, which nothing shows again', async () => {
    const { device, SerialNumber } = await makeDevice()
    expect(SerialNumber).toBe(`arn:aws:iam::${accountId}:mfa/phone`)
    const seed = Buffer.from(device.Base32StringSeed!).toString()
    expect(seed).toMatch(/^[A-Z2-7]{64}$/)
    const png = Buffer.from(device.QRCodePNG!)
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a')
    expect(png.readUInt32BE(29)).toBe(crc32(png.subarray(12, 29)))
    const rows = await account.store.read.selectFrom('iam_mfa_devices').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(seed)
    const listed = await account.iam('ListVirtualMFADevices', {})
    expect(listed).toEqual({ VirtualMFADevices: [{ SerialNumber }], IsTruncated: false })
    await expect(makeDevice()).rejects.toThrow(refused('EntityAlreadyExistsException'))
  })

  it('belongs to one user from when it is enabled, and can be deleted once it is not', async () => {
    const { SerialNumber, code } = await withDevice()
    const { MFADevices } = await account.iam('ListMFADevices', { UserName })
    expect(MFADevices).toEqual([{ UserName, SerialNumber, EnableDate: start }])
    const assigned = await account.iam('ListVirtualMFADevices', { AssignmentStatus: 'Assigned' })
    expect(assigned.VirtualMFADevices).toMatchObject([
      { SerialNumber, EnableDate: start, User: { UserName } },
    ])
    expect(
      (await account.iam('ListVirtualMFADevices', { AssignmentStatus: 'Unassigned' })).VirtualMFADevices,
    ).toEqual([])
    const again = { UserName, SerialNumber, AuthenticationCode1: code(1), AuthenticationCode2: code(2) }
    await expect(account.iam('EnableMFADevice', again)).rejects.toThrow(
      refused('EntityAlreadyExistsException'),
    )
    await expect(account.iam('DeleteVirtualMFADevice', { SerialNumber })).rejects.toThrow(
      refused('DeleteConflictException'),
    )
    await expect(account.iam('DeleteUser', { UserName })).rejects.toThrow(refused('DeleteConflictException'))
    await account.iam('DeactivateMFADevice', { UserName, SerialNumber })
    await account.iam('DeleteVirtualMFADevice', { SerialNumber })
    await account.iam('DeleteUser', { UserName })
  })

  it('is asked for a code when its user signs in, each of which is good once', async () => {
    await withPassword()
    const { SerialNumber, code } = await withDevice()
    expect(await signIn()).toEqual({ kind: 'needs', needs: ['mfaCode'] })
    expect(await signIn({ password: 'wrong', mfaCode: code() })).toMatchObject({ kind: 'refused' })
    expect(await signIn({ mfaCode: '000000' })).toMatchObject({ kind: 'refused' })
    const mfaCode = code()
    expect(await signIn({ mfaCode })).toMatchObject({ kind: 'in', mfaAt: account.clock.now })
    expect(await signIn({ mfaCode })).toMatchObject({ kind: 'refused' })
    later(30)
    expect(await signIn({ mfaCode: code() })).toMatchObject({ kind: 'in' })
    await account.iam('DeactivateMFADevice', { UserName, SerialNumber })
    expect(await signIn()).toMatchObject({ kind: 'in', mfaAt: null })
  })

  it('whose clock has gone wrong is set right with two codes', async () => {
    await withPassword()
    const { SerialNumber, code } = await withDevice()
    const ahead = 40 // twenty minutes
    expect(await signIn({ mfaCode: code(ahead) })).toMatchObject({ kind: 'refused' })
    const two = (at: number) => ({ AuthenticationCode1: code(at), AuthenticationCode2: code(at + 1) })
    await expect(account.iam('ResyncMFADevice', { UserName, SerialNumber, ...two(200) })).rejects.toThrow(
      refused('InvalidAuthenticationCodeException'),
    )
    await account.iam('ResyncMFADevice', { UserName, SerialNumber, ...two(ahead) })
    expect(await signIn({ mfaCode: code(ahead + 1) })).toMatchObject({ kind: 'refused' }) // used
    later(60)
    expect(await signIn({ mfaCode: code(ahead) })).toMatchObject({ kind: 'in' })
  })
})

it('that was enabled slowly is asked for the code that it shows now', async () => {
  await withPassword()
  const { SerialNumber, code } = await makeDevice()
  const codes = { AuthenticationCode1: code(-5), AuthenticationCode2: code(-4) }
  await account.iam('EnableMFADevice', { UserName, SerialNumber, ...codes })
  expect(await signIn({ mfaCode: code() })).toMatchObject({ kind: 'in' })
})

describe('a second factor', () => {
  const conditionOf = (maxAge?: number) => ({
    Condition: {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      ...(maxAge !== undefined && { NumericLessThan: { 'aws:MultiFactorAuthAge': String(maxAge) } }),
    },
  })
  const token = async (caller: Awaited<ReturnType<typeof callerOf>>, input: object = {}) => {
    const { Credentials } = await account.sts.GetSessionToken(input, account.contextOf(caller))
    return (await account.identities.findCredential(Credentials!.AccessKeyId!))!.caller
  }
  const mayListThings = async (caller: Awaited<ReturnType<typeof callerOf>>) => {
    const request = { action: 'iot:ListThings', resource: '*' }
    return (await account.identities.decide(caller, request)).effect === 'allow'
  }

  it('is what a policy may ask for, and how long ago', async () => {
    const PolicyDocument = policy(allow('iot:*', '*', conditionOf(3600)))
    await account.iam('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument })
    const { SerialNumber, code } = await withDevice()
    const caller = await callerOf(UserName)
    expect(await mayListThings(caller)).toBe(false) // long-term keys prove nothing
    expect(await mayListThings(await token(caller))).toBe(false)
    const proven = await token(caller, { SerialNumber, TokenCode: code() })
    expect(await mayListThings(proven)).toBe(true)
    later(3700)
    expect(await mayListThings(proven)).toBe(false)
  })

  it('of a role is what its trust policy asks for', async () => {
    const RoleName = 'operator'
    const trust = trusting({ AWS: `arn:aws:iam::${accountId}:root` }, conditionOf())
    await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust })
    const PolicyDocument = policy(allow('sts:AssumeRole'))
    await account.iam('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument })
    const { SerialNumber, code } = await withDevice()
    const caller = await callerOf(UserName)
    const role = { RoleArn: `arn:aws:iam::${accountId}:role/operator`, RoleSessionName: 'x' }
    const assume = (more: object = {}) =>
      account.sts.AssumeRole({ ...role, ...more }, account.contextOf(caller))
    await expect(assume()).rejects.toThrow(refused('AccessDenied'))
    expect((await assume({ SerialNumber, TokenCode: code() })).AssumedRoleUser?.Arn).toContain('operator/x')
  })

  it('of somebody else proves nothing, and is not spent', async () => {
    await account.iam('CreateUser', { UserName: 'berta' })
    const { SerialNumber, code } = await withDevice()
    const input = { SerialNumber, TokenCode: code() }
    for (const other of [await callerOf('berta'), account.root])
      await expect(token(other, input)).rejects.toThrow(refused('AccessDenied'))
    expect(await token(await callerOf(UserName), input)).toMatchObject({ mfaAt: account.clock.now })
  })

  it('is given once, whole, and not guessed', async () => {
    const { SerialNumber, code } = await withDevice()
    const caller = await callerOf(UserName)
    await expect(token(caller, { SerialNumber })).rejects.toThrow(refused('ValidationError'))
    await expect(token(caller, { TokenCode: code() })).rejects.toThrow(refused('ValidationError'))
    const input = { SerialNumber, TokenCode: code() }
    await token(caller, input)
    await expect(token(caller, input)).rejects.toThrow(refused('AccessDenied'))
    for (let attempt = 0; attempt < 5; attempt += 1)
      await expect(token(caller, { SerialNumber, TokenCode: '000000' })).rejects.toThrow(
        refused('AccessDenied'),
      )
    later(30)
    // one waits longer each time; the right code does not help before
    for (let attempt = 0; attempt < 6; attempt += 1)
      await expect(token(caller, { SerialNumber, TokenCode: '000000' })).rejects.toThrow(
        refused('AccessDenied'),
      )
    await expect(token(caller, { SerialNumber, TokenCode: code() })).rejects.toThrow(refused('AccessDenied'))
    later(3600)
    await token(caller, { SerialNumber, TokenCode: code() })
  })
})
