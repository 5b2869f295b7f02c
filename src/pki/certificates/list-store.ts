/** Pages of certificates and CA certificates, newest first unless asked otherwise. */
import { sql, type SqlBool } from 'kysely'
import { iotError } from '../../api/aws/errors.ts'
import { iotArn } from '../../lib/arn.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'
import type { Db } from '../../store/index.ts'
import { foundColumns, toFound } from './find-store.ts'

const defaultPageSize = 25

/** The members that AWS's list operations share. */
interface PageRequest {
  pageSize?: number | undefined
  marker?: string | undefined
  ascendingOrder?: boolean | undefined
}

interface Page<Entry> {
  certificates: Entry[]
  nextMarker?: string
}

/** Where a page begins: after the entry of that age and id. */
interface Position {
  after: { createdAt: number; certificateId: string } | undefined
  direction: 'asc' | 'desc'
}

/** @throws {AwsError} `InvalidRequestException` on a marker that no list has given out */
export async function listCertificates(
  db: Db,
  accountId: string,
  { caCertificateId, ...request }: PageRequest & { caCertificateId?: string },
) {
  const { direction, size, position } = readRequest(request)
  const rows = await db
    .selectFrom('certificates')
    .select(['certificate_id', 'region', 'status', 'certificate_mode', 'created_at'])
    .where('account_id', '=', accountId)
    .$if(caCertificateId !== undefined, (query) =>
      query.where('ca_certificate_id', '=', caCertificateId ?? ''),
    )
    // AWS IoT API Reference, "CreateProvisioningClaim": claims are not listed; no registered CA has signed one
    .$if(caCertificateId === undefined, (query) => query.where('claim_template', 'is', null))
    .where(isBeyond(position))
    .orderBy('created_at', direction)
    .orderBy('certificate_id', direction)
    .limit(size + 1)
    .execute()
  return toPage(rows, size, (row) => ({
    certificateArn: iotArn({ region: row.region, accountId }, `cert/${row.certificate_id}`),
    certificateId: row.certificate_id,
    status: row.status,
    certificateMode: row.certificate_mode,
    creationDate: new Date(row.created_at),
  }))
}

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

function readRequest({ pageSize = defaultPageSize, marker, ascendingOrder }: PageRequest) {
  const direction = ascendingOrder ? ('asc' as const) : ('desc' as const)
  return { direction, size: pageSize, position: { after: parseMarker(marker), direction } }
}

/** The condition that a row comes after the marker, in either direction. */
function isBeyond({ after, direction }: Position) {
  if (!after) return sql<SqlBool>`true`
  const beyond = direction === 'asc' ? sql`>` : sql`<`
  return sql<SqlBool>`(created_at, certificate_id) ${beyond} (${after.createdAt}, ${after.certificateId})`
}

function parseMarker(marker: string | undefined): Position['after'] {
  const key = decodeMarker(marker)
  if (key === undefined) return undefined
  const [, createdAt, certificateId] = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(key) ?? []
  if (createdAt === undefined || certificateId === undefined)
    throw iotError('InvalidRequestException', 'the marker is not one that a list of certificates gave out')
  return { createdAt: Number(createdAt), certificateId }
}

function toPage<Row extends { created_at: number; certificate_id: string }, Entry>(
  rows: Row[],
  size: number,
  toEntry: (row: Row) => Entry,
): Page<Entry> {
  const shown = rows.slice(0, size)
  const last = shown.at(-1)
  return {
    certificates: shown.map(toEntry),
    ...(rows.length > size &&
      last && { nextMarker: encodeMarker(`${last.created_at} ${last.certificate_id}`) }),
  }
}
