/** Pages of certificates by their age: which one is asked for, and where the next begins. */
import { sql, type SqlBool } from 'kysely'
import { iotError } from '../../api/aws/errors.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'

const defaultPageSize = 25

/** The members that AWS's list operations share. */
export interface PageRequest {
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

export function readRequest({ pageSize = defaultPageSize, marker, ascendingOrder }: PageRequest) {
  const direction = ascendingOrder ? ('asc' as const) : ('desc' as const)
  return { direction, size: pageSize, position: { after: parseMarker(marker), direction } }
}

/** The condition that a row comes after the marker, in either direction. */
export function isBeyond({ after, direction }: Position) {
  if (!after) return sql<SqlBool>`true`
  const beyond = direction === 'asc' ? sql`>` : sql`<`
  return sql<SqlBool>`(created_at, certificate_id) ${beyond} (${after.createdAt}, ${after.certificateId})`
}

export function parseMarker(marker: string | undefined): Position['after'] {
  const key = decodeMarker(marker)
  if (key === undefined) return undefined
  const [, createdAt, certificateId] = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(key) ?? []
  if (createdAt === undefined || certificateId === undefined)
    throw iotError('InvalidRequestException', 'the marker is not one that a list of certificates gave out')
  return { createdAt: Number(createdAt), certificateId }
}

interface Aged {
  created_at: number
  certificate_id: string
}

/** What several queries have found, in one order. */
export function byAge<Row extends Aged>(direction: 'asc' | 'desc', found: Row[][]): Row[] {
  const [older, younger] = direction === 'asc' ? [-1, 1] : [1, -1]
  const isOlder = (a: Aged, b: Aged) =>
    a.created_at === b.created_at ? a.certificate_id < b.certificate_id : a.created_at < b.created_at
  return found.flat().toSorted((a, b) => (isOlder(a, b) ? older : younger))
}

export function toPage<Row extends Aged, Entry>(
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
