/** Device certificates in the store. */
import { randomUUID } from 'node:crypto'
import type { CertificateMode, CertificateStatus } from '@aws-sdk/client-iot'
import type { Selectable } from 'kysely'
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, parseArn, type ArnScope } from '../../lib/arn.ts'
import { identityKeysOf } from '../../lib/identity-keys.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import { deleteTags } from '../../registry/tags/index.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { countDevice, DeviceLimitReached, findDeviceCount } from './ca-devices-store.ts'
import { checkTransition } from './certificate-states.ts'
import type { DeviceCertificate } from './certificate.ts'
import { nameColumns } from './find-store.ts'
import { nextNotice } from './expiry-notices.ts'
import { parseTransferData } from './transfers/transfer-data.ts'
import { forgetGivenAway } from './transfers/transfer-store.ts'

const selectCertificate = prepareQuery((db, value: Bind<{ accountId: string; certificateId: string }>) =>
  db
    .selectFrom('certificates')
    .selectAll()
    .where('account_id', '=', value('accountId'))
    .where('certificate_id', '=', value('certificateId')),
)

export async function findCertificate(
  db: Db,
  accountId: string,
  certificateId: string,
): Promise<DeviceCertificate | undefined> {
  const [row] = (await selectCertificate(db, { accountId, certificateId })).rows
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getCertificate(
  db: Db,
  accountId: string,
  certificateId: string,
): Promise<DeviceCertificate> {
  const certificate = await findCertificate(db, accountId, certificateId)
  if (certificate) return certificate
  throw notFound(certificateId)
}

const notFound = (certificateId: string) =>
  iotError('ResourceNotFoundException', `there is no certificate ${certificateId}`)

/** What another account gives to this one, which has not accepted it yet. */
export async function findOffered(
  db: Db,
  accountId: string,
  certificateId: string,
): Promise<DeviceCertificate | undefined> {
  const row = await db
    .selectFrom('certificates')
    .selectAll()
    .where('transferred_to', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .limit(1)
    .executeTakeFirst()
  return row && fromRow(row)
}

/**
 * What the account has goes first. Of what it is offered it is not told which of its CAs the other account has for it; once
 * it accepts, its own is named.
 */
export async function findOwnOrOffered(
  db: Db,
  accountId: string,
  certificateId: string,
): Promise<DeviceCertificate | undefined> {
  const own = await findCertificate(db, accountId, certificateId)
  if (own) return own
  const offered = await findOffered(db, accountId, certificateId)
  if (!offered) return undefined
  const { caCertificateId: _theirs, ...told } = offered
  return told
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getOwnOrOffered(
  db: Db,
  accountId: string,
  certificateId: string,
): Promise<DeviceCertificate> {
  const certificate = await findOwnOrOffered(db, accountId, certificateId)
  if (certificate) return certificate
  throw notFound(certificateId)
}

export interface Registration {
  accountId: string
  region: string
  certificate: ParsedCertificate
  status: CertificateStatus
  /** The registered CA that signed it: the certificate inherits its mode. */
  ca?: CaCertificate | undefined
  /** Of a certificate without a registered CA; SNI_ONLY by default. */
  certificateMode?: CertificateMode
  /** Of a claim: the template that it is for. */
  claimTemplate?: string
  /** Whether the CA's `muster:max-devices` counts: it comes by itself, nobody registers it. */
  isLimited?: boolean
  now: Date
}

/**
 * Registers a certificate for a caller, who vouches for it.
 * @throws {AwsError} `ResourceAlreadyExistsException`, or `CertificateStateException` for a status that no
 * caller may set; {@link DeviceLimitReached}
 */
export async function registerCertificate(db: Db, registration: Registration): Promise<DeviceCertificate> {
  checkTransition('none', registration.status)
  const row = newRow(registration)
  if (!(await insert(db, row))) throw alreadyExists(registration, row.certificate_id)
  await count(db, registration)
  return fromRow(row)
}

export const alreadyExists = (scope: ArnScope, certificateId: string) =>
  iotError('ResourceAlreadyExistsException', 'The certificate is already provisioned or registered', {
    resourceId: certificateId,
    resourceArn: iotArn(scope, `cert/${certificateId}`),
  })

/**
 * Registers a certificate that a device has presented as PENDING_ACTIVATION, or resolves to the one that is there.
 * @throws {DeviceLimitReached}
 */
export async function registerPendingCertificate(
  db: Db,
  {
    accountId,
    certificate,
    ca,
    now,
  }: { accountId: string; certificate: ParsedCertificate; ca: CaCertificate; now: Date },
): Promise<DeviceCertificate> {
  const region = parseArn(ca.certificateArn)?.region ?? ''
  const row = newRow({ accountId, region, certificate, status: 'PENDING_ACTIVATION', ca, now })
  if (!(await insert(db, row))) return getCertificate(db, accountId, certificate.certificateId)
  await count(db, { accountId, ca, isLimited: true })
  return fromRow(row)
}

async function count(
  db: Db,
  { accountId, ca, isLimited }: Pick<Registration, 'accountId' | 'ca' | 'isLimited'>,
): Promise<void> {
  if (!ca) return
  const { certificateId: caCertificateId, options } = ca
  const { maxDevices } = options
  await countDevice(db, { accountId, caCertificateId }, 1)
  if (!isLimited || maxDevices === undefined) return
  if ((await findDeviceCount(db, { accountId, caCertificateId })) > maxDevices)
    throw new DeviceLimitReached(`CA certificate ${caCertificateId} has ${maxDevices} devices already`)
}

/**
 * Registers a certificate that was issued to a device that is yet to be provisioned: by Muster itself, or by whoever signs
 * in its place, who may be a registered CA.
 * @throws {AwsError} `ResourceAlreadyExistsException`
 */
export async function registerUnprovisioned(
  db: Db,
  registration: Pick<Registration, 'accountId' | 'region' | 'certificate' | 'ca' | 'now'>,
): Promise<DeviceCertificate> {
  const row = newRow({ ...registration, status: 'PENDING_ACTIVATION', certificateMode: 'DEFAULT' })
  if (!(await insert(db, row))) throw alreadyExists(registration, row.certificate_id)
  await count(db, registration)
  return fromRow(row)
}

/** Claims of all accounts that have ended, the oldest first. */
export async function listEndedClaims(db: Db, now: Date, limit: number): Promise<DeviceCertificate[]> {
  const rows = await db
    .selectFrom('certificates')
    .selectAll()
    .where('claim_template', 'is not', null)
    .where('not_after', '<', now.getTime())
    .orderBy('not_after')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** With its tags. One that was given away had been registered here again. */
export async function deleteCertificate(
  db: Db,
  { accountId, certificateId, certificateArn, caCertificateId, replacedBy }: DeviceCertificate,
): Promise<void> {
  await deleteTags(db, accountId, certificateArn)
  await forgetGivenAway(db, accountId, certificateId)
  if (caCertificateId !== undefined && replacedBy === undefined)
    await countDevice(db, { accountId, caCertificateId }, -1)
  await db
    .deleteFrom('certificates')
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .execute()
}

const insertUnlessThere = prepareQuery((db, value: Bind<Tables['certificates']>) =>
  db
    .insertInto('certificates')
    .values(
      bindAll(value, [
        'account_id',
        'certificate_id',
        'region',
        'certificate_pem',
        'status',
        'ca_certificate_id',
        'certificate_mode',
        'not_before',
        'not_after',
        'created_at',
        'modified_at',
        'customer_version',
        'generation_id',
        'pending_reason',
        'claim_template',
        'approved_at',
        'serial_number',
        'common_name',
        'public_key_sha256',
        'common_name_sha256',
        'replaced_by',
        'retires_at',
        'expiry_notice_at',
      ]),
    )
    .onConflict((conflict) => conflict.doNothing()),
)

async function insert(db: Db, row: Tables['certificates']): Promise<boolean> {
  return (await insertUnlessThere(db, row)).numAffectedRows === 1n
}

function newRow(registration: Registration): Selectable<Tables['certificates']> {
  const { accountId, region, certificate, status, ca, certificateMode, claimTemplate, now } = registration
  const { publicKeySha256, commonNameSha256 } = identityKeysOf(certificate)
  return {
    account_id: accountId,
    certificate_id: certificate.certificateId,
    region,
    certificate_pem: certificate.pem,
    status,
    ca_certificate_id: ca?.certificateId ?? null,
    certificate_mode: ca?.certificateMode ?? certificateMode ?? 'SNI_ONLY',
    not_before: certificate.notBefore.getTime(),
    not_after: certificate.notAfter.getTime(),
    created_at: now.getTime(),
    modified_at: now.getTime(),
    customer_version: 1,
    generation_id: randomUUID(),
    pending_reason: null,
    claim_template: claimTemplate ?? null,
    approved_at: null,
    ...nameColumns(certificate),
    public_key_sha256: publicKeySha256 ?? null,
    common_name_sha256: commonNameSha256 ?? null,
    replaced_by: null,
    retires_at: null,
    expiry_notice_at: nextNotice(certificate.notAfter, now),
    transferred_to: null,
    previous_owned_by: null,
    transfer_data: null,
  }
}

export function fromRow(row: Selectable<Tables['certificates']>): DeviceCertificate {
  return {
    accountId: row.account_id,
    certificateId: row.certificate_id,
    certificateArn: iotArn({ region: row.region, accountId: row.account_id }, `cert/${row.certificate_id}`),
    certificatePem: row.certificate_pem,
    status: row.status,
    ...(row.ca_certificate_id !== null && { caCertificateId: row.ca_certificate_id }),
    certificateMode: row.certificate_mode,
    notBefore: new Date(row.not_before),
    notAfter: new Date(row.not_after),
    creationDate: new Date(row.created_at),
    lastModifiedDate: new Date(row.modified_at),
    customerVersion: row.customer_version,
    generationId: row.generation_id,
    ...(row.pending_reason !== null && { pendingReason: row.pending_reason }),
    ...(row.claim_template !== null && { claimTemplate: row.claim_template }),
    ...(row.approved_at !== null && { approvedAt: new Date(row.approved_at) }),
    ...(row.replaced_by !== null && { replacedBy: row.replaced_by }),
    ...(row.transferred_to !== null && { transferredTo: row.transferred_to }),
    ...(row.previous_owned_by !== null && { previousOwnedBy: row.previous_owned_by }),
    ...(row.transfer_data !== null && { transferData: parseTransferData(row.transfer_data) }),
  }
}
