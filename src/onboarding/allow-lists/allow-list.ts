/** A list of the devices that may come: CSV whose first line names its columns. */
import { CsvError, readCsv } from '../../lib/csv.ts'
import { inPieces } from '../../lib/turn-of-others.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'

/** What is wrong with a list, in words for its author. */
export class AllowListError extends Error {
  override readonly name = 'AllowListError'
}

export interface AllowedDevice {
  /** Of the list, from 1. */
  line: number
  /** Values for parameters of a template, by their names. */
  parameters: ReadonlyMap<string, string>
}

export interface AllowList {
  /** Devices. */
  size: number
  find: (certificate: ParsedCertificate) => AllowedDevice | undefined
}

/** Devices of one list: each takes some hundred bytes of memory. */
export const maxListedDevices = 200_000
const maxColumns = 60
/** A tenth of a millisecond of work. */
const rowsAStep = 50

const hex = (digits: number) => (text: string) => {
  const plain = text.replace(/^0x|[:\s]/gi, '').toLowerCase()
  return /^[0-9a-f]+$/.test(plain) && (digits === 0 || plain.length === digits) ? plain : undefined
}
/** As tools write numbers: with zeros in front or not. */
const serialNumber = (text: string) => hex(0)(text)?.replace(/^0+(?=.)/, '')

/** What a device is known by: the column, how it is read, and where the certificate has it. The surest comes first. */
const identities = [
  { column: 'fingerprint', read: hex(64), of: ({ certificateId }: ParsedCertificate) => certificateId },
  { column: 'subject-key-id', read: hex(0), of: ({ subjectKeyId }: ParsedCertificate) => subjectKeyId },
  {
    column: 'serial-number',
    read: serialNumber,
    of: (certificate: ParsedCertificate) => serialNumber(certificate.serialNumber),
  },
  {
    column: 'common-name',
    read: (text: string): string | undefined => text,
    of: ({ subject }: ParsedCertificate) => subject.get('CommonName')[0], // as templates read it
  },
] as const

interface Row extends AllowedDevice {
  /** One value each of `identities`, or none. */
  identity: readonly (string | undefined)[]
}

/** In pieces: others get their turn between them. @throws {AllowListError} with the line */
export async function parseAllowList(text: string): Promise<AllowList> {
  try {
    return await read(text)
  } catch (cause) {
    throw cause instanceof CsvError ? new AllowListError(cause.message, { cause }) : cause
  }
}

async function read(text: string): Promise<AllowList> {
  const records = readCsv(text)
  const header = records.next().value
  const columns = checkColumns(header?.fields ?? [])
  const rows = new Map<string, Row>()
  const pause = inPieces()
  for (const { line, fields } of records) {
    if (fields.length !== columns.length)
      throw new AllowListError(`line ${line}: expected ${columns.length} fields, got ${fields.length}`)
    const row = toRow(columns, fields, line)
    const key = keyOf(row)
    const same = rows.get(key)
    if (same) throw new AllowListError(`line ${line}: the device of line ${same.line} again`)
    rows.set(key, row)
    if (rows.size % rowsAStep === 0) await pause()
    if (rows.size > maxListedDevices)
      throw new AllowListError(`line ${line}: expected at most ${maxListedDevices} devices`)
  }
  return { size: rows.size, find: (certificate) => find(rows, certificate) }
}

function checkColumns(given: readonly string[]): string[] {
  const columns = given.map((name) => name.trim())
  const known: string[] = identities.map(({ column }) => column)
  if (!columns.some((name) => known.includes(name)))
    throw new AllowListError(`line 1: expected the names of columns, one of ${known.join(', ')} among them`)
  if (columns.length > maxColumns) throw new AllowListError(`line 1: expected at most ${maxColumns} columns`)
  for (const [at, name] of columns.entries()) {
    if (name === '') throw new AllowListError(`line 1: column ${at + 1} has no name`)
    if (columns.indexOf(name) !== at) throw new AllowListError(`line 1: column ${name} is there twice`)
    if (name.startsWith('AWS::'))
      throw new AllowListError(`line 1: ${name} is read from the certificate, never from a list`)
  }
  return columns
}

function toRow(columns: readonly string[], fields: readonly string[], line: number): Row {
  const values = new Map(columns.map((name, at) => [name, (fields[at] ?? '').trim()]))
  const identity = identities.map(({ column, read: readValue }) => {
    const text = values.get(column) ?? ''
    values.delete(column)
    const value = text === '' ? undefined : readValue(text)
    if (text !== '' && value === undefined)
      throw new AllowListError(`line ${line}: ${column} must be hexadecimal`)
    return value
  })
  if (identity.every((value) => value === undefined))
    throw new AllowListError(`line ${line}: nothing says which device it is`)
  for (const [name, value] of values) if (value === '') values.delete(name) // the template's Default counts
  return { line, identity, parameters: values }
}

function keyOf({ identity }: Pick<Row, 'identity'>): string {
  const at = identity.findIndex((value) => value !== undefined)
  return `${at} ${identity[at]}`
}

/** All that a line says must be true of the certificate. */
function find(rows: ReadonlyMap<string, Row>, certificate: ParsedCertificate): AllowedDevice | undefined {
  const own = identities.map(({ of }) => of(certificate))
  for (const [at, value] of own.entries()) {
    const row = value === undefined ? undefined : rows.get(`${at} ${value}`)
    if (row?.identity.every((said, place) => said === undefined || said === own[place])) return row
  }
  return undefined
}
