/** A user who may sign in, and the devices whose codes they give. */
import { codeOf, stepOf } from '../people/totp.ts'
import { fromBase32 } from '../people/base32.ts'
import { accountId, openTestAccount } from './test-account.ts'

export const UserName = 'anna'
export const Password = 'Correct-horse-1'

const person = { account: accountId, userName: UserName, password: Password }

export type TestPerson = Awaited<ReturnType<typeof openTestPerson>>

export async function openTestPerson() {
  const account = await openTestAccount()
  await account.iam('CreateUser', { UserName })
  const later = (seconds: number) => {
    account.clock.now = new Date(account.clock.now.getTime() + seconds * 1000)
  }

  /** A device and the codes it shows. */
  async function makeDevice(name = 'phone') {
    const { VirtualMFADevice } = await account.iam('CreateVirtualMFADevice', { VirtualMFADeviceName: name })
    if (!VirtualMFADevice) throw new Error('CreateVirtualMFADevice answered without a device')
    const { SerialNumber, Base32StringSeed } = VirtualMFADevice
    const seed = fromBase32(Buffer.from(Base32StringSeed).toString())
    const code = (ahead = 0) => codeOf(seed, stepOf(account.clock.now) + ahead)
    return { device: VirtualMFADevice, SerialNumber, code }
  }

  return {
    account,
    later,
    makeDevice,
    signIn: (more: object = {}) => account.identities.signInPerson({ ...person, ...more }),
    withPassword: (more: object = {}) => account.iam('CreateLoginProfile', { UserName, Password, ...more }),
    async callerOf(name: string) {
      const { AccessKey } = await account.iam('CreateAccessKey', { UserName: name })
      const credential = await account.identities.findCredential(AccessKey.AccessKeyId)
      if (!credential) throw new Error(`the access key of ${name} is not found`)
      return credential.caller
    },
    async withDevice(name?: string) {
      const made = await makeDevice(name)
      const codes = { AuthenticationCode1: made.code(-1), AuthenticationCode2: made.code() }
      await account.iam('EnableMFADevice', { UserName, SerialNumber: made.SerialNumber, ...codes })
      later(60)
      return made
    },
    [Symbol.asyncDispose]: () => account[Symbol.asyncDispose](),
  }
}
