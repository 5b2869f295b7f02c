/** Certificates by what a person has of them: the beginning of the id, the serial number, the beginning of the CN. */
import type { CertificateStatus } from '@aws-sdk/client-iot'
import type { Selectable } from 'kysely'
import { commonNameKey, namesOf, serialKey } from '../../lib/certificate-names.ts'
import { CertificateError, parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Db, Tables } from '../../store/index.ts'

export interface FoundCertificate {
  certificateId: string
  status: CertificateStatus
  caCertificateId?: string
  creationDate: Date
  /** RFC 4514; absent when it cannot be read. */
  subject?: string
  /** Hex, upper case. */
  serialNumber?: string
  /** Why it still is PENDING_ACTIVATION, for a person. */
  pendingReason?: string
}

/** What they are found by, as the table has it. */
export function nameColumns(certificate: ParsedCertificate) {
  const { serialNumber, commonName } = namesOf(certificate)
  return { serial_number: serialNumber, common_name: commonName }
}

export const foundColumns = [
  'certificate_id',
  'certificate_pem',
  'status',
  'ca_certificate_id',
  'created_at',
  'pending_reason',
] as const

type Row = Pick<Selectable<Tables['certificates']>, (typeof foundColumns)[number]>

export function toFound(row: Row): FoundCertificate {
  return {
    certificateId: row.certificate_id,
    status: row.status,
    ...(row.ca_certificate_id !== null && { caCertificateId: row.ca_certificate_id }),
    creationDate: new Date(row.created_at),
    ...describe(row.certificate_pem),
    ...(row.pending_reason !== null && { pendingReason: row.pending_reason }),
  }
}

function describe(pem: string): Pick<FoundCertificate, 'subject' | 'serialNumber'> {
  try {
    const certificate = parseCertificate(pem)
    return { subject: certificate.subject.toString(), serialNumber: certificate.serialNumber }
  } catch (error) {
    if (error instanceof CertificateError) return {}
    throw error
  }
}

/** Fewer digits tell too little to be a part of an id. */
const leastDigits = 4

export interface FoundByText {
  certificates: FoundCertificate[]
  cas: { certificateId: string; status: string }[]
}

interface TextQuestion {
  accountId: string
  text: string
  /** Of certificates, and of CAs. */
  limit: number
}

/** Each certificate once, however it was found. */
export async function findByText(db: Db, { accountId, text, limit }: TextQuestion): Promise<FoundByText> {
  const wanted = text.trim()
  const id = wanted.toLowerCase()
  const isId = /^[0-9a-f]{1,64}$/.test(id) && id.length >= leastDigits
  const [serialNumber, commonName] = [serialKey(wanted), commonNameKey(wanted)]
  const select = () =>
    db.selectFrom('certificates').select(foundColumns).where('account_id', '=', accountId).limit(limit)
  const begins = (column: 'certificate_id' | 'common_name', beginning: string) =>
    select().where(column, '>=', beginning).where(column, '<', endOf(beginning)).orderBy(column).execute()
  const rows = [
    serialNumber === undefined
      ? []
      : await select().where('serial_number', '=', serialNumber).orderBy('certificate_id').execute(),
    isId ? await begins('certificate_id', id) : [],
    commonName === '' ? [] : await begins('common_name', commonName),
  ].flat()
  const once = [...new Map(rows.map((row) => [row.certificate_id, row])).values()]
  return {
    certificates: once.slice(0, limit).map(toFound),
    cas: isId ? await findCas(db, accountId, { id, limit }) : [],
  }
}

async function findCas(db: Db, accountId: string, { id, limit }: { id: string; limit: number }) {
  const rows = await db
    .selectFrom('ca_certificates')
    .select(['certificate_id', 'status'])
    .where('account_id', '=', accountId)
    .where('certificate_id', '>=', id)
    .where('certificate_id', '<', endOf(id))
    .orderBy('certificate_id')
    .limit(limit)
    .execute()
  return rows.map(({ certificate_id: certificateId, status }) => ({ certificateId, status }))
}

/** Above every text that begins so. */
const endOf = (beginning: string) => `${beginning}\u{10ffff}`
