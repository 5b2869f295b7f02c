/** How values go to PostgreSQL and come back, so that a query gives the same as with SQLite. */
import { types, type CustomTypesConfig } from 'pg'

/**
 * PostgreSQL keeps no U+0000 in text (postgresql.org/docs, "Character Types"). A character that means nothing (a
 * noncharacter of Unicode) stands before `0` for it, and before `1` for itself.
 */
const escape = '\u{10FFFF}'

/** Of a text that came from elsewhere, e.g. the name in a certificate. */
function toText(text: string): string {
  if (!text.includes('\0') && !text.includes(escape)) return text
  return text.replaceAll(escape, `${escape}1`).replaceAll('\0', `${escape}0`)
}

function fromText(text: string): string {
  if (!text.includes(escape)) return text
  return text.replaceAll(`${escape}0`, '\0').replaceAll(`${escape}1`, escape)
}

export const toParameter = (value: unknown): unknown => (typeof value === 'string' ? toText(value) : value)

/** JSON text as a parameter, of strings that are parameters already. */
export const jsonOf = (value: unknown): string =>
  JSON.stringify(value).replaceAll(escape, String.raw`\udbff\udfff`)

const asText = new Set<number>([types.builtins.TEXT, types.builtins.VARCHAR])
/** Sums of bigint are numeric. All that Muster counts fits into 53 bits. */
const asNumber = new Set<number>([types.builtins.INT8, types.builtins.NUMERIC])

export const valueTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (asText.has(oid)) return fromText
    if (asNumber.has(oid)) return Number
    return types.getTypeParser(oid, format as 'text') as (value: string) => unknown
  },
} as CustomTypesConfig
