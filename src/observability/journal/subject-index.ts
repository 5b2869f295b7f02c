/**
 * Where a subject is mentioned among many entries. The entries of a span of ids are indexed together, when the span is
 * over: so the index is written in few large pieces, and not, as an index of the database would be, at three random
 * places for each entry. A piece is a bucket: some of the fingerprints of one span, each with the places of entries.
 */

/**
 * Spans of ids; each begins at a multiple of its length. One takes the place of those of the kind before, once all of them are
 * there: so entries are indexed soon, and a question reads few rows of each kind, however long the journal.
 */
export const spans = { short: 512, middle: 4096, long: 65_536 } as const
export type Span = (typeof spans)[keyof typeof spans]

/** A kind, and the one that takes its place. */
export interface Lengthening {
  from: Span
  to: Span
}

export const lengthenings: readonly Lengthening[] = [
  { from: spans.short, to: spans.middle },
  { from: spans.middle, to: spans.long },
]

/**
 * About as many in each bucket, whatever the span: a row of half a kilobyte, of which a question reads one a span. What is larger than
 * a quarter of a page SQLite keeps in pages of its own, away from the key (sqlite.org/fileformat2.html#cellformat).
 */
const entriesABucket = 32
const bytesAMention = 6

export const bucketCount = (span: Span): number => span / entriesABucket

export const bucketOf = (fingerprint: number, span: Span): number => fingerprint % bucketCount(span)

/** Gathers mentions and gives them by bucket. */
export class Mentions {
  readonly #span: Span
  /** Fingerprint and place in turn. */
  readonly #buckets = new Map<number, number[]>()

  constructor(span: Span) {
    this.#span = span
  }

  /** By the entry so many behind the first of the span. */
  add(fingerprint: number, place: number): void {
    const bucket = bucketOf(fingerprint, this.#span)
    const known = this.#buckets.get(bucket)
    if (known) known.push(fingerprint, place)
    else this.#buckets.set(bucket, [fingerprint, place])
  }

  /** Those of a bucket of a shorter span, that begins so many entries behind this one. */
  addBucket(bytes: Uint8Array, shift: number): void {
    const view = viewOf(bytes)
    for (let at = 0; at < bytes.byteLength; at += bytesAMention)
      this.add(view.getUint32(at, true), shift + view.getUint16(at + 4, true))
  }

  /** Fingerprints as 32 bits and places as 16, little-endian. */
  *buckets(): Iterable<{ bucket: number; mentions: Uint8Array }> {
    for (const [bucket, numbers] of this.#buckets) {
      const mentions = new Uint8Array((numbers.length / 2) * bytesAMention)
      const view = viewOf(mentions)
      for (let index = 0, at = 0; index < numbers.length; index += 2, at += bytesAMention) {
        view.setUint32(at, numbers[index] ?? 0, true)
        view.setUint16(at + 4, numbers[index + 1] ?? 0, true)
      }
      yield { bucket, mentions }
    }
  }
}

/** A fingerprint as it stands in a piece. */
export function bytesOf(fingerprint: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(fingerprint)
  return bytes
}

/** Places that mention the fingerprint, each once, in order. */
export function findPlaces(bytes: Uint8Array, fingerprint: number): number[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wanted = bytesOf(fingerprint)
  const places = new Set<number>()
  for (let at = buffer.indexOf(wanted); at !== -1; at = buffer.indexOf(wanted, at + 1))
    if (at % bytesAMention === 0) places.add(buffer.readUInt16LE(at + 4))
  return [...places].toSorted((left, right) => left - right)
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
