/** Second factors by IAM's operations, and signing in with them. */
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, allow, policy, start, trusting } from '../testing/test-account.ts'
import { openTestPerson, UserName, type TestPerson } from '../testing/test-person.ts'

const refused = (code: string) => expect.objectContaining({ code })

let person: TestPerson
let account: TestPerson['account']
beforeEach(async () => {
  person = await openTestPerson()
  ;({ account } = person)
})
afterEach(() => person[Symbol.asyncDispose]())

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
    const { SerialNumber, code: shown } = await person.makeDevice()
    const codes = { AuthenticationCode1: shown(-1), AuthenticationCode2: shown() }
    const call = account.iam(operation, { UserName, SerialNumber, ...codes, ...input } as never)
    await expect(call).rejects.toThrow(refused(code))
    expect((await account.iam('ListMFADevices', { UserName })).MFADevices).toEqual([])
  })

  it('has a seed as text and as a picture, which nothing shows again', async () => {
    const { device, SerialNumber } = await person.makeDevice()
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
    await expect(person.makeDevice()).rejects.toThrow(refused('EntityAlreadyExistsException'))
  })

  it('belongs to one user from when it is enabled, and can be deleted once it is not', async () => {
    const { SerialNumber, code } = await person.withDevice()
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
    await person.withPassword()
    const { SerialNumber, code } = await person.withDevice()
    expect(await person.signIn()).toEqual({ kind: 'needs', needs: ['mfaCode'] })
    expect(await person.signIn({ password: 'wrong', mfaCode: code() })).toMatchObject({ kind: 'refused' })
    expect(await person.signIn({ mfaCode: '000000' })).toMatchObject({ kind: 'refused' })
    const mfaCode = code()
    expect(await person.signIn({ mfaCode })).toMatchObject({ kind: 'in', mfaAt: account.clock.now })
    expect(await person.signIn({ mfaCode })).toMatchObject({ kind: 'refused' })
    person.later(30)
    expect(await person.signIn({ mfaCode: code() })).toMatchObject({ kind: 'in' })
    await account.iam('DeactivateMFADevice', { UserName, SerialNumber })
    expect(await person.signIn()).toMatchObject({ kind: 'in', mfaAt: null })
  })

  it('whose clock has gone wrong is set right with two codes', async () => {
    await person.withPassword()
    const { SerialNumber, code } = await person.withDevice()
    const ahead = 40 // twenty minutes
    expect(await person.signIn({ mfaCode: code(ahead) })).toMatchObject({ kind: 'refused' })
    const two = (at: number) => ({ AuthenticationCode1: code(at), AuthenticationCode2: code(at + 1) })
    await expect(account.iam('ResyncMFADevice', { UserName, SerialNumber, ...two(200) })).rejects.toThrow(
      refused('InvalidAuthenticationCodeException'),
    )
    await account.iam('ResyncMFADevice', { UserName, SerialNumber, ...two(ahead) })
    expect(await person.signIn({ mfaCode: code(ahead + 1) })).toMatchObject({ kind: 'refused' }) // used
    person.later(60)
    expect(await person.signIn({ mfaCode: code(ahead) })).toMatchObject({ kind: 'in' })
  })
})

it('that was enabled slowly is asked for the code that it shows now', async () => {
  await person.withPassword()
  const { SerialNumber, code } = await person.makeDevice()
  const codes = { AuthenticationCode1: code(-5), AuthenticationCode2: code(-4) }
  await account.iam('EnableMFADevice', { UserName, SerialNumber, ...codes })
  expect(await person.signIn({ mfaCode: code() })).toMatchObject({ kind: 'in' })
})

describe('a second factor', () => {
  const conditionOf = (maxAge?: number) => ({
    Condition: {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      ...(maxAge !== undefined && { NumericLessThan: { 'aws:MultiFactorAuthAge': String(maxAge) } }),
    },
  })
  const token = async (caller: Awaited<ReturnType<TestPerson['callerOf']>>, input: object = {}) => {
    const { Credentials } = await account.sts.GetSessionToken(input, account.contextOf(caller))
    return (await account.identities.findCredential(Credentials!.AccessKeyId!))!.caller
  }
  const mayListThings = async (caller: Awaited<ReturnType<TestPerson['callerOf']>>) => {
    const request = { action: 'iot:ListThings', resource: '*' }
    return (await account.identities.decide(caller, request)).effect === 'allow'
  }

  it('is what a policy may ask for, and how long ago', async () => {
    const PolicyDocument = policy(allow('iot:*', '*', conditionOf(3600)))
    await account.iam('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument })
    const { SerialNumber, code } = await person.withDevice()
    const caller = await person.callerOf(UserName)
    expect(await mayListThings(caller)).toBe(false) // long-term keys prove nothing
    expect(await mayListThings(await token(caller))).toBe(false)
    const proven = await token(caller, { SerialNumber, TokenCode: code() })
    expect(await mayListThings(proven)).toBe(true)
    person.later(3700)
    expect(await mayListThings(proven)).toBe(false)
  })

  it('of a role is what its trust policy asks for', async () => {
    const RoleName = 'operator'
    const trust = trusting({ AWS: `arn:aws:iam::${accountId}:root` }, conditionOf())
    await account.iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust })
    const PolicyDocument = policy(allow('sts:AssumeRole'))
    await account.iam('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument })
    const { SerialNumber, code } = await person.withDevice()
    const caller = await person.callerOf(UserName)
    const role = { RoleArn: `arn:aws:iam::${accountId}:role/operator`, RoleSessionName: 'x' }
    const assume = (more: object = {}) =>
      account.sts.AssumeRole({ ...role, ...more }, account.contextOf(caller))
    await expect(assume()).rejects.toThrow(refused('AccessDenied'))
    expect((await assume({ SerialNumber, TokenCode: code() })).AssumedRoleUser?.Arn).toContain('operator/x')
  })

  it('of somebody else proves nothing, and is not spent', async () => {
    await account.iam('CreateUser', { UserName: 'berta' })
    const { SerialNumber, code } = await person.withDevice()
    const input = { SerialNumber, TokenCode: code() }
    for (const other of [await person.callerOf('berta'), account.root])
      await expect(token(other, input)).rejects.toThrow(refused('AccessDenied'))
    expect(await token(await person.callerOf(UserName), input)).toMatchObject({ mfaAt: account.clock.now })
  })

  it('is given once, whole, and not guessed', async () => {
    const { SerialNumber, code } = await person.withDevice()
    const caller = await person.callerOf(UserName)
    await expect(token(caller, { SerialNumber })).rejects.toThrow(refused('ValidationError'))
    await expect(token(caller, { TokenCode: code() })).rejects.toThrow(refused('ValidationError'))
    const input = { SerialNumber, TokenCode: code() }
    await token(caller, input)
    await expect(token(caller, input)).rejects.toThrow(refused('AccessDenied'))
    for (let attempt = 0; attempt < 5; attempt += 1)
      await expect(token(caller, { SerialNumber, TokenCode: '000000' })).rejects.toThrow(
        refused('AccessDenied'),
      )
    person.later(30)
    // one waits longer each time; the right code does not help before
    for (let attempt = 0; attempt < 6; attempt += 1)
      await expect(token(caller, { SerialNumber, TokenCode: '000000' })).rejects.toThrow(
        refused('AccessDenied'),
      )
    await expect(token(caller, { SerialNumber, TokenCode: code() })).rejects.toThrow(refused('AccessDenied'))
    person.later(3600)
    await token(caller, { SerialNumber, TokenCode: code() })
  })
})
