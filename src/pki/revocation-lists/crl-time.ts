import { contentOf, DerError, type DerElement } from '../../lib/der.ts'

const utcTime = 0x17
const generalizedTime = 0x18

export const timeTags: ReadonlySet<number> = new Set([utcTime, generalizedTime])

const pattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/**
 * RFC 5280 5.1.2.4: both forms have seconds and end with Z; two digits of a year below 50 are of this century.
 * @throws {DerError}
 */
export function readTime(der: Uint8Array, element: DerElement | undefined, name: string): Date {
  if (!element || !timeTags.has(element.tag)) throw new DerError(`${name} is missing or no time`)
  const text = Buffer.from(contentOf(der, element)).toString('latin1')
  const century = element.tag === generalizedTime ? '' : Number(text.slice(0, 2)) < 50 ? '20' : '19'
  const [, year, month, day, hour, minute, second] = pattern.exec(century + text) ?? []
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(date.getTime())) throw new DerError(`${name} is no date`)
  return date
}
