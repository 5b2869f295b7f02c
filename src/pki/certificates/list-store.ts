/** Pages of certificates and CA certificates, newest first unless asked otherwise. */
import { sql, type ExpressionBuilder, type SqlBool } from 'kysely'
import { iotArn } from '../../lib/arn.ts'
import type { Db, Tables } from '../../store/index.ts'
import { byAge, isBeyond, parseMarker, readRequest, toPage, type PageRequest } from './certificate-pages.ts'
import { foundColumns, toFound } from './find-store.ts'

/**
 * Those of the account, or of one CA of it. With the former are those that wait for the account to accept them: AWS IoT
 * API Reference, "AcceptCertificateTransfer". None comes twice: what the account has goes first.
 * @throws {AwsError} `InvalidRequestException` on a marker that no list has given out
 */
export async function listCertificates(
  db: Db,
  accountId: string,
  { caCertificateId, ...request }: PageRequest & { caCertificateId?: string },
) {
  const { direction, size, position } = readRequest(request)
  const select = () =>
    db
      .selectFrom('certificates')
      .select(['certificate_id', 'region', 'status', 'certificate_mode', 'created_at'])
      .where(isBeyond(position))
      .orderBy('created_at', direction)
      .orderBy('certificate_id', direction)
      .limit(size + 1)
  const own = select().where('account_id', '=', accountId)
  const rows =
    caCertificateId === undefined
      ? byAge(direction, [
          // AWS IoT API Reference, "CreateProvisioningClaim": claims are not listed; no registered CA has signed one
          await own.where('claim_template', 'is', null).execute(),
          await select().where('transferred_to', '=', accountId).where(isNotOf(db, accountId)).execute(),
        ])
      : await own.where('ca_certificate_id', '=', caCertificateId).execute()
  return toPage(rows, size, (row) => ({
    certificateArn: iotArn({ region: row.region, accountId }, `cert/${row.certificate_id}`),
    certificateId: row.certificate_id,
    status: row.status,
    certificateMode: row.certificate_mode,
    creationDate: new Date(row.created_at),
  }))
}

/** The condition that the account has no certificate of that id. */
const isNotOf = (db: Db, accountId: string) => (eb: ExpressionBuilder<Tables, 'certificates'>) =>
  eb.not(
    eb.exists(
      db
        .selectFrom('certificates as own')
        .select('own.certificate_id')
        .where('own.account_id', '=', accountId)
        .where('own.certificate_id', '=', sql.ref<string>('certificates.certificate_id')),
    ),
  )

export interface RegisteredQuestion {
  accountId: string
  caCertificateId: string
  /** When they were registered, both inclusive. */
  from: Date
  to: Date
  marker?: string | undefined
  limit: number
}

/**
 * A CA's certificates by when they were registered, oldest first.
 * @throws {AwsError} `InvalidRequestException` on a marker that no list has given out
 */
export async function listRegistered(db: Db, question: RegisteredQuestion) {
  const { accountId, caCertificateId, from, to, marker, limit } = question
  const rows = await db
    .selectFrom('certificates')
    .select(['certificate_id', 'status', 'created_at'])
    .where('account_id', '=', accountId)
    .where('ca_certificate_id', '=', caCertificateId)
    .where('created_at', '>=', from.getTime())
    .where('created_at', '<=', to.getTime())
    .where(isBeyond({ after: parseMarker(marker), direction: 'asc' }))
    .orderBy('created_at')
    .orderBy('certificate_id')
    .limit(limit + 1)
    .execute()
  return toPage(rows, limit, ({ certificate_id: certificateId, status }) => ({ certificateId, status }))
}

/**
 * Certificates that wait for a decision, newest first.
 * @throws {AwsError} `InvalidRequestException` on a marker that no list has given out
 */
export async function listWaiting(
  db: Db,
  { accountId, marker, limit }: { accountId: string; marker: string | undefined; limit: number },
) {
  const rows = await db
    .selectFrom('certificates')
    .select([...foundColumns, 'created_at'])
    .where('account_id', '=', accountId)
    .where(sql<SqlBool>`status = 'PENDING_ACTIVATION'`) // as the index is made, of a literal
    .where(isBeyond({ after: parseMarker(marker), direction: 'desc' }))
    .orderBy('created_at', 'desc')
    .orderBy('certificate_id', 'desc')
    .limit(limit + 1)
    .execute()
  return toPage(rows, limit, toFound)
}

/** @throws {AwsError} `InvalidRequestException` on a marker that no list has given out */
export async function listCaCertificates(
  db: Db,
  accountId: string,
  { templateName, ...request }: PageRequest & { templateName?: string | undefined },
) {
  const { direction, size, position } = readRequest(request)
  const rows = await db
    .selectFrom('ca_certificates')
    .select(['certificate_id', 'certificate_arn', 'status', 'created_at'])
    .where('account_id', '=', accountId)
    .$if(templateName !== undefined, (query) => query.where('template_name', '=', templateName ?? ''))
    .where(isBeyond(position))
    .orderBy('created_at', direction)
    .orderBy('certificate_id', direction)
    .limit(size + 1)
    .execute()
  return toPage(rows, size, (row) => ({
    certificateArn: row.certificate_arn,
    certificateId: row.certificate_id,
    status: row.status,
    creationDate: new Date(row.created_at),
  }))
}
