/** CA certificates in the store. */
import { randomUUID } from 'node:crypto'
import type {
  AutoRegistrationStatus,
  CACertificateStatus,
  CertificateMode,
  RegistrationConfig,
} from '@aws-sdk/client-iot'
import type { Selectable } from 'kysely'
import { iotError } from '../../api/aws/errors.ts'
import { iotArn } from '../../lib/arn.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import { prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import {
  allowListOption,
  deleteTags,
  firstConnectionOption,
  hookOption,
  identityOption,
  maxDevicesOption,
  succeedsOption,
  tagValue,
  toAllowList,
  toDeviceIdentity,
  toFirstConnection,
  toHookUrl,
} from '../../registry/tags/index.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { nextNotice } from './expiry-notices.ts'

/** Of CAs that have one subject (AWS General Reference, "AWS IoT Core quotas"). */
const maxCasOfOneSubject = 10

/** Tags of Muster's own, by the column that they are read as. */
const optionColumns = {
  first_connection: firstConnectionOption,
  allow_list: allowListOption,
  max_devices: maxDevicesOption,
  identity: identityOption,
  succeeds: succeedsOption,
  hook: hookOption,
} as const

type OptionColumns = Record<keyof typeof optionColumns, string | null>
type CaRow = Selectable<Tables['ca_certificates']> & OptionColumns

const noOptions: OptionColumns = {
  first_connection: null,
  allow_list: null,
  max_devices: null,
  identity: null,
  succeeds: null,
  hook: null,
}

export async function findCaCertificate(
  db: Db,
  accountId: string,
  caCertificateId: string,
): Promise<CaCertificate | undefined> {
  const row = await selectCas(db, accountId).where('certificate_id', '=', caCertificateId).executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getCaCertificate(
  db: Db,
  accountId: string,
  caCertificateId: string,
): Promise<CaCertificate> {
  const ca = await findCaCertificate(db, accountId, caCertificateId)
  if (ca) return ca
  throw iotError('ResourceNotFoundException', `there is no CA certificate ${caCertificateId}`)
}

const selectBySubject = prepareQuery((db, value: Bind<{ accountId: string; subjectKey: string }>) =>
  selectCas(db, value('accountId')).where('subject_key', '=', value('subjectKey')),
)

/** The CAs whose subject has this `nameKey`, at most ten. */
export async function findCasBySubject(
  db: Db,
  accountId: string,
  subjectKey: string,
): Promise<CaCertificate[]> {
  const { rows } = await selectBySubject(db, { accountId, subjectKey })
  return rows.map(fromRow)
}

/** How many CAs run this provisioning template: it cannot be deleted while any does. */
export async function countCasWithTemplate(db: Db, accountId: string, templateName: string): Promise<number> {
  const { count } = await db
    .selectFrom('ca_certificates')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('template_name', '=', templateName)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export interface CaRegistration {
  accountId: string
  region: string
  certificate: ParsedCertificate
  certificateMode: CertificateMode
  status: CACertificateStatus
  autoRegistrationStatus: AutoRegistrationStatus
  registrationConfig?: RegistrationConfig | undefined
  now: Date
}

/**
 * @throws {AwsError} `ResourceAlreadyExistsException` when it is registered, here or (mode DEFAULT) by another
 * account; `LimitExceededException` when ten others have its subject
 */
export async function registerCaCertificate(db: Db, registration: CaRegistration): Promise<CaCertificate> {
  const { accountId, certificate, certificateMode } = registration
  await checkIsNew(db, registration)
  const namesakes = await findCasBySubject(db, accountId, certificate.subjectKey)
  if (namesakes.length >= maxCasOfOneSubject)
    throw iotError(
      'LimitExceededException',
      `${maxCasOfOneSubject} CA certificates with this subject are registered; an account has no more`,
    )
  const config = registration.registrationConfig ?? {}
  const row = {
    account_id: accountId,
    certificate_id: certificate.certificateId,
    certificate_arn: iotArn(registration, `cacert/${certificate.certificateId}`),
    certificate_pem: certificate.pem,
    subject_key: certificate.subjectKey,
    status: registration.status,
    auto_registration_status: registration.autoRegistrationStatus,
    certificate_mode: certificateMode,
    ...configColumns(config),
    not_before: certificate.notBefore.getTime(),
    not_after: certificate.notAfter.getTime(),
    created_at: registration.now.getTime(),
    modified_at: registration.now.getTime(),
    customer_version: 1,
    generation_id: randomUUID(),
    expiry_notice_at: nextNotice(certificate.notAfter, registration.now),
  }
  await db.insertInto('ca_certificates').values(row).execute()
  return fromRow({ ...row, ...noOptions })
}

export interface CaChange {
  accountId: string
  certificateId: string
  status?: CACertificateStatus | undefined
  autoRegistrationStatus?: AutoRegistrationStatus | undefined
  /** `null` removes it. */
  registrationConfig?: RegistrationConfig | null | undefined
  now: Date
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function updateCaCertificate(db: Db, change: CaChange): Promise<void> {
  const { accountId, certificateId, status, autoRegistrationStatus, registrationConfig, now } = change
  const changed = await db
    .updateTable('ca_certificates')
    .set((eb) => ({
      ...(status && { status }),
      ...(autoRegistrationStatus && { auto_registration_status: autoRegistrationStatus }),
      ...(registrationConfig !== undefined && configColumns(registrationConfig ?? {})),
      modified_at: now.getTime(),
      customer_version: eb('customer_version', '+', 1),
    }))
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .returning('certificate_id')
    .executeTakeFirst()
  if (!changed) throw iotError('ResourceNotFoundException', `there is no CA certificate ${certificateId}`)
}

/** With its tags. Certificates that it signed stay as they are. */
export async function deleteCaCertificate(db: Db, ca: CaCertificate): Promise<void> {
  await db
    .deleteFrom('ca_certificates')
    .where('account_id', '=', ca.accountId)
    .where('certificate_id', '=', ca.certificateId)
    .execute()
  await deleteTags(db, ca.accountId, ca.certificateArn)
}

async function checkIsNew(
  db: Db,
  { accountId, certificate, certificateMode }: CaRegistration,
): Promise<void> {
  const rows = await db
    .selectFrom('ca_certificates')
    .select(['account_id', 'certificate_arn', 'certificate_mode'])
    .where('certificate_id', '=', certificate.certificateId)
    .execute()
  const own = rows.find((row) => row.account_id === accountId)
  if (own) throw alreadyRegistered(certificate.certificateId, own.certificate_arn)
  if (certificateMode === 'DEFAULT' && rows.some((row) => row.certificate_mode === 'DEFAULT'))
    throw iotError(
      'ResourceAlreadyExistsException',
      'another account has registered the CA certificate in mode DEFAULT; register it as SNI_ONLY',
      { resourceId: certificate.certificateId },
    )
}

/** @throws {AwsError} `ResourceAlreadyExistsException` when the account has registered it */
export async function checkNotRegistered(db: Db, accountId: string, certificateId: string): Promise<void> {
  const known = await findCaCertificate(db, accountId, certificateId)
  if (known) throw alreadyRegistered(certificateId, known.certificateArn)
}

const alreadyRegistered = (resourceId: string, resourceArn: string) =>
  iotError('ResourceAlreadyExistsException', 'the CA certificate is already registered', {
    resourceId,
    resourceArn,
  })

const selectCas = (db: Db, accountId: string) => selectAllCas(db).where('account_id', '=', accountId)

/** Of all accounts. */
export function selectAllCas(db: Db) {
  return db
    .selectFrom('ca_certificates')
    .selectAll()
    .select([option('first_connection'), option('allow_list'), option('max_devices')])
    .select([option('identity'), option('succeeds'), option('hook')])
}

const option = <Column extends keyof OptionColumns>(column: Column) =>
  tagValue('ca_certificates.account_id', 'ca_certificates.certificate_arn', optionColumns[column]).as(column)

function configColumns({ templateBody, roleArn, templateName }: RegistrationConfig) {
  return {
    template_body: templateBody ?? null,
    role_arn: roleArn ?? null,
    template_name: templateName ?? null,
  }
}

export function fromRow(row: CaRow): CaCertificate {
  const registrationConfig = {
    ...(row.template_body !== null && { templateBody: row.template_body }),
    ...(row.role_arn !== null && { roleArn: row.role_arn }),
    ...(row.template_name !== null && { templateName: row.template_name }),
  }
  return {
    accountId: row.account_id,
    certificateId: row.certificate_id,
    certificateArn: row.certificate_arn,
    certificatePem: row.certificate_pem,
    status: row.status,
    autoRegistrationStatus: row.auto_registration_status,
    certificateMode: row.certificate_mode,
    ...(Object.keys(registrationConfig).length > 0 && { registrationConfig }),
    notBefore: new Date(row.not_before),
    notAfter: new Date(row.not_after),
    creationDate: new Date(row.created_at),
    lastModifiedDate: new Date(row.modified_at),
    customerVersion: row.customer_version,
    generationId: row.generation_id,
    options: toOptions(row),
  }
}

function toOptions(row: OptionColumns): CaCertificate['options'] {
  const firstConnection = toFirstConnection(row.first_connection)
  const allowList = row.allow_list === null ? undefined : toAllowList(row.allow_list)
  const identity = toDeviceIdentity(row.identity)
  const hook = toHookUrl(row.hook)
  return {
    ...(identity && { identity }),
    ...(hook !== undefined && { hook }),
    ...(row.succeeds !== null && { succeeds: row.succeeds }),
    ...(firstConnection && { firstConnection }),
    ...(allowList && { allowList }),
    ...(row.max_devices !== null && { maxDevices: Number(row.max_devices) }),
  }
}
