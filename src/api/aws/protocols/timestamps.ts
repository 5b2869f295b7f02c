/**
 * Times on the wire: epoch seconds in JSON, RFC 7231 dates in headers, ISO 8601 in XML and query strings.
 * Source: Smithy 2.0, "Timestamp serialization and deserialization".
 */

/** Reads any of the three forms; `undefined` when the text is none of them. */
export function parseTimestamp(value: string | number): Date | undefined {
  if (typeof value === 'number' || /^-?\d+(?:\.\d+)?$/.test(value)) {
    return validDate(new Date(Math.round(Number(value) * 1000)))
  }
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T\S+)?$|^[A-Z][a-z]{2}, .+ GMT$/.test(value)
  return isDate ? validDate(new Date(value)) : undefined
}

const validDate = (date: Date) => (Number.isNaN(date.getTime()) ? undefined : date)

/** Seconds with milliseconds as fraction. */
export const toEpochSeconds = (date: Date): number => date.getTime() / 1000

export const toHttpDate = (date: Date): string => date.toUTCString()

/** To the second, as the AWS query services write it. */
export const toIsoDate = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z')
