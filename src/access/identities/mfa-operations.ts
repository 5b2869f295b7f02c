import type * as Iam from '@aws-sdk/client-iam'
import { randomBytes } from 'node:crypto'
import { iamError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import type { Db } from '../../store/index.ts'
import { commitChange, type IdentitiesDeps } from './commit-change.ts'
import { findIdentityById } from './entities/identity-store.ts'
import type { Identity } from './entities/identity.ts'
import { pageOf } from './entities/page.ts'
import { renderUser } from './entities/render-identity.ts'
import { toBase32 } from './people/base32.ts'
import {
  deleteMfaDevice,
  getMfaDevice,
  insertMfaDevice,
  listMfaDevices,
  listMfaDevicesOfUser,
  serialNumberOf,
  updateMfaDevice,
  type MfaDevice,
} from './people/mfa-device-store.ts'
import { toQrPng } from './people/qr-code.ts'
import { spendTwoCodes } from './people/second-factor.ts'
import { getUser } from './users-operations.ts'

/** AWS's are as long. */
const seedBytes = 40
/** IAM's quota; AWS cannot raise it. */
const maxDevicesOfUser = 8

export function mfaOperations(deps: IdentitiesDeps) {
  const { store, now } = deps
  const { secrets } = store
  return {
    async CreateVirtualMFADevice({ VirtualMFADeviceName: name, Path: path = '/', Tags }, { accountId }) {
      if (Tags !== undefined && Tags.length > 0)
        throw iamError('ValidationError', 'Tags of MFA devices are not offered by Muster')
      const serialNumber = serialNumberOf(accountId, path, name)
      const seed = toBase32(randomBytes(seedBytes))
      const sealedSeed = secrets.seal(seed, serialNumber)
      return commitChange(deps, accountId, async (db) => {
        await insertMfaDevice(db, { accountId, name, path, sealedSeed, now: now() })
        const VirtualMFADevice = {
          SerialNumber: serialNumber,
          Base32StringSeed: Buffer.from(seed),
          QRCodePNG: toQrPng(enrolmentUrl(accountId, name, seed)),
        }
        return { arn: serialNumber, output: { VirtualMFADevice } }
      })
    },

    async EnableMFADevice(input, context) {
      const { accountId } = context
      await commitChange(deps, accountId, async (db) => {
        const user = await getUser(db, input.UserName, context)
        const device = await getMfaDevice(db, accountId, input.SerialNumber)
        if (device.userId !== undefined)
          throw iamError('EntityAlreadyExistsException', 'MFA device is already in use.')
        if ((await listMfaDevicesOfUser(db, accountId, user.identityId)).length >= maxDevicesOfUser)
          throw iamError(
            'LimitExceededException',
            `Cannot exceed quota for MFADevicesPerUser: ${maxDevicesOfUser}`,
          )
        const change = { userId: user.identityId, enabledAt: now() }
        if (!(await spendTwoCodes(db, device, codesOf(input), { secrets, now: now(), change })))
          throw wrongCodes()
        return { arn: user.arn, output: undefined }
      })
    },

    async ResyncMFADevice(input, context) {
      await commitChange(deps, context.accountId, async (db) => {
        const user = await getUser(db, input.UserName, context)
        const device = await getOwnDevice(db, user, input.SerialNumber)
        if (!(await spendTwoCodes(db, device, codesOf(input), { secrets, now: now() }))) throw wrongCodes()
        return { arn: user.arn, output: undefined }
      })
    },

    async DeactivateMFADevice({ UserName, SerialNumber }, context) {
      await commitChange(deps, context.accountId, async (db) => {
        const user = await getUser(db, UserName, context)
        const device = await getOwnDevice(db, user, SerialNumber)
        await updateMfaDevice(db, device, { userId: undefined, enabledAt: undefined })
        return { arn: user.arn, output: undefined }
      })
    },

    async DeleteVirtualMFADevice({ SerialNumber }, { accountId }) {
      await commitChange(deps, accountId, async (db) => {
        const device = await getMfaDevice(db, accountId, SerialNumber)
        if (device.userId !== undefined)
          throw iamError(
            'DeleteConflictException',
            'Cannot delete an MFA device that is in use: deactivate it first.',
          )
        await deleteMfaDevice(db, device)
        return { arn: SerialNumber, output: undefined }
      })
    },

    async ListMFADevices(input, context) {
      const user = await getUser(store.read, input.UserName, context)
      const devices = await listMfaDevicesOfUser(store.read, context.accountId, user.identityId)
      const { rows, page } = pageOf(devices, ({ name }) => name, input)
      return {
        MFADevices: rows.map(({ serialNumber, enabledAt = now() }) => ({
          UserName: user.name,
          SerialNumber: serialNumber,
          EnableDate: enabledAt,
        })),
        ...page,
      }
    },

    async ListVirtualMFADevices(input, { accountId }) {
      const { AssignmentStatus = 'Any' } = input
      const devices = (await listMfaDevices(store.read, accountId)).filter(
        ({ userId }) =>
          AssignmentStatus === 'Any' || (userId !== undefined) === (AssignmentStatus === 'Assigned'),
      )
      const { rows, page } = pageOf(devices, ({ name }) => name, input)
      const VirtualMFADevices = await Promise.all(rows.map((device) => renderVirtual(store.read, device)))
      return { VirtualMFADevices, ...page }
    },
  } satisfies Partial<Operations<typeof Iam>>
}

/** As authenticator apps read it (Google Authenticator wiki, "Key URI Format"), with the names that AWS gives. */
function enrolmentUrl(accountId: string, name: string, secret: string): string {
  const label = encodeURIComponent(`${name}@${accountId}`)
  return `otpauth://totp/${label}?${new URLSearchParams({ secret, issuer: 'Muster' }).toString()}`
}

async function renderVirtual(db: Db, { accountId, serialNumber, userId, enabledAt }: MfaDevice) {
  const user = userId === undefined ? undefined : await findIdentityById(db, accountId, userId)
  return {
    SerialNumber: serialNumber,
    ...(enabledAt && { EnableDate: enabledAt }),
    ...(user && { User: renderUser(user) }),
  }
}

const codesOf = (input: { AuthenticationCode1: string; AuthenticationCode2: string }) =>
  [input.AuthenticationCode1, input.AuthenticationCode2] as const

async function getOwnDevice(db: Db, user: Identity, serialNumber: string): Promise<MfaDevice> {
  const device = await getMfaDevice(db, user.accountId, serialNumber)
  if (device.userId === user.identityId) return device
  throw iamError('NoSuchEntityException', `MFA Device invalid for user: ${user.name}`)
}

const wrongCodes = () =>
  iamError(
    'InvalidAuthenticationCodeException',
    'Authentication code for device is not valid: expected two codes that follow each other and have not been used',
  )
