/** Virtual MFA devices. Their seeds, which making a code needs, are sealed. */
import { iamError } from '../../../api/aws/errors.ts'
import { iamArn, parseArn } from '../../../lib/arn.ts'
import type { Db } from '../../../store/index.ts'
import type { IamMfaDeviceRow } from '../../../store/tables/identities.ts'

export interface MfaDevice {
  accountId: string
  name: string
  /** Its ARN. */
  serialNumber: string
  /** Base32, sealed for the serial number. */
  sealedSeed: string
  userId: string | undefined
  enabledAt: Date | undefined
  usedStep: number
  drift: number
}

export const serialNumberOf = (accountId: string, path: string, name: string): string =>
  iamArn(accountId, `mfa${path}${name}`)

/** @throws {AwsError} `EntityAlreadyExistsException` */
export async function insertMfaDevice(
  db: Db,
  device: { accountId: string; name: string; path: string; sealedSeed: string; now: Date },
): Promise<void> {
  const { accountId, name, path, sealedSeed, now } = device
  if (await findByName(db, accountId, name))
    throw iamError(
      'EntityAlreadyExistsException',
      `MFADevice entity at the same path and name already exists.`,
    )
  await db
    .insertInto('iam_mfa_devices')
    .values({
      account_id: accountId,
      name,
      path,
      seed: sealedSeed,
      created_at: now.getTime(),
      user_id: null,
      enabled_at: null,
      used_step: 0,
      drift: 0,
    })
    .execute()
}

/** @throws {AwsError} `NoSuchEntityException` */
export async function getMfaDevice(db: Db, accountId: string, serialNumber: string): Promise<MfaDevice> {
  const name = parseArn(serialNumber)?.resource.split('/').at(-1)
  const found = name === undefined ? undefined : await findByName(db, accountId, name)
  if (found?.serialNumber === serialNumber) return found
  throw iamError(
    'NoSuchEntityException',
    `VirtualMFADevice with serial number ${serialNumber} does not exist.`,
  )
}

export async function listMfaDevices(db: Db, accountId: string): Promise<MfaDevice[]> {
  const rows = await db
    .selectFrom('iam_mfa_devices')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('name')
    .execute()
  return rows.map(toMfaDevice)
}

export async function listMfaDevicesOfUser(db: Db, accountId: string, userId: string): Promise<MfaDevice[]> {
  const rows = await db
    .selectFrom('iam_mfa_devices')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('user_id', '=', userId)
    .orderBy('name')
    .execute()
  return rows.map(toMfaDevice)
}

type Changed = Partial<Pick<MfaDevice, 'userId' | 'enabledAt' | 'usedStep' | 'drift'>>

/** Writes what `changes` has; `undefined` clears. */
export async function updateMfaDevice(db: Db, device: MfaDevice, changes: Changed): Promise<void> {
  const { userId, enabledAt, usedStep, drift } = { ...device, ...changes }
  await db
    .updateTable('iam_mfa_devices')
    .set({
      user_id: userId ?? null,
      enabled_at: enabledAt?.getTime() ?? null,
      used_step: usedStep,
      drift,
    })
    .where('account_id', '=', device.accountId)
    .where('name', '=', device.name)
    .execute()
}

export async function deleteMfaDevice(db: Db, { accountId, name }: MfaDevice): Promise<void> {
  await db
    .deleteFrom('iam_mfa_devices')
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .execute()
}

async function findByName(db: Db, accountId: string, name: string): Promise<MfaDevice | undefined> {
  const row = await db
    .selectFrom('iam_mfa_devices')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row && toMfaDevice(row)
}

const toMfaDevice = (row: IamMfaDeviceRow): MfaDevice => ({
  accountId: row.account_id,
  name: row.name,
  serialNumber: serialNumberOf(row.account_id, row.path, row.name),
  sealedSeed: row.seed,
  userId: row.user_id ?? undefined,
  enabledAt: row.enabled_at === null ? undefined : new Date(row.enabled_at),
  usedStep: row.used_step,
  drift: row.drift,
})
