/** Comma-separated values. Source: RFC 4180; lines end with LF or CRLF, and empty ones are passed over. */

/** Where a text is no comma-separated values. */
export class CsvError extends Error {
  override readonly name = 'CsvError'
}

export interface CsvRecord {
  /** From 1. */
  line: number
  fields: string[]
}

/** A field in quotation marks, or one without; and what ends it. */
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y

/** @throws {CsvError} with the line, while it is read */
export function* readCsv(text: string): Generator<CsvRecord, void, undefined> {
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line = 1
  let record: CsvRecord = { line, fields: [] }
  while (at < text.length || record.fields.length > 0) {
    field.lastIndex = at
    const [found, quoted, plain = '', end] = field.exec(text) ?? []
    if (found === undefined) throw new CsvError(`line ${line}: a quotation mark is in the wrong place`)
    record.fields.push(quoted?.replaceAll('""', '"') ?? plain)
    at += found.length
    line += found.split('\n').length - 1
    if (end === ',') continue
    if (record.fields.length > 1 || record.fields[0] !== '') yield record
    record = { line, fields: [] }
  }
}
