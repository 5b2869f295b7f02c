/** The entries of a revocation list. Source: RFC 5280 5.3. */
import {
  contentOf,
  DerError,
  derTag,
  expectTag,
  readChildren,
  readElement,
  type DerElement,
} from '../../lib/der.ts'
import { readExtension } from '../../lib/extensions.ts'
import { inPieces } from '../../lib/turn-of-others.ts'
import { CrlError, type Crl } from './crl.ts'
import { timeTags } from './crl-time.ts'
import { SerialSet } from './serial-set.ts'

/** A tenth of a millisecond of work. */
const entriesAStep = 250

/** Of an entry with a serial number of 16 bytes. */
const usualEntryBytes = 35

/**
 * The serial numbers of all certificates that the list revokes; one on hold counts as revoked.
 * @throws {CrlError} for a malformed entry, or one that asks for more than is understood here
 */
export async function readRevokedSerials({ der, entries }: Pick<Crl, 'der' | 'entries'>): Promise<SerialSet> {
  if (!entries) return new SerialSet()
  const serials = new SerialSet(Math.ceil((entries.end - entries.start) / usualEntryBytes))
  const pause = inPieces()
  for (let offset = entries.start, read = 1; offset < entries.end; read++) {
    offset = addEntry(serials, der, offset, entries.end)
    if (read % entriesAStep === 0) await pause()
  }
  return serials
}

function addEntry(serials: SerialSet, der: Uint8Array, offset: number, limit: number): number {
  try {
    const entry = expectTag(readElement(der, offset, limit), derTag.sequence, 'an entry')
    const serial = expectTag(readElement(der, entry.start, entry.end), derTag.integer, 'a serial number')
    const date = readElement(der, serial.end, entry.end)
    if (!timeTags.has(date.tag)) throw new DerError('the date of an entry is no time')
    if (date.end === entry.end || isRevoking(der, readElement(der, date.end, entry.end)))
      serials.addInteger(der, serial.start, serial.end)
    return entry.end
  } catch (cause) {
    if (cause instanceof DerError || cause instanceof RangeError)
      throw new CrlError(`has a malformed entry: ${cause.message}`, { cause })
    throw cause
  }
}

/** The extensions of an entry with a reason alone, all but the reason itself: most entries have just these. */
const reasonAlone = Buffer.from('300c300a0603551d1504030a01', 'hex')
const removeFromCrl = 8

const oids = { reasonCode: '2.5.29.21', certificateIssuer: '2.5.29.29' } as const

function isRevoking(der: Uint8Array, extensions: DerElement): boolean {
  const { offset, end } = extensions
  const isReasonAlone =
    end - offset === reasonAlone.length + 1 &&
    reasonAlone.compare(der, offset, end - 1, 0, reasonAlone.length) === 0
  if (isReasonAlone) return der[end - 1] !== removeFromCrl
  let reason: number | undefined
  for (const extension of readChildren(
    der,
    expectTag(extensions, derTag.sequence, 'the extensions of an entry'),
  )) {
    const { oid, isCritical, value } = readExtension(der, extension)
    if (oid === oids.reasonCode) reason = contentOf(value, readElement(value, 0, value.length))[0]
    else if (oid === oids.certificateIssuer) throw new CrlError('is an indirect CRL, which is not supported')
    else if (isCritical)
      throw new CrlError(`has an entry with the critical extension ${oid}, which is not supported`)
  }
  return reason !== removeFromCrl
}
