/**
 * Entries of an account that were written one after the other, as one row. An entry with indexes of its own would touch
 * four pages of the database, wherever its subjects sort; a block touches a few for hundreds of entries, and is found
 * by the fingerprints of its subjects. So the many that are never asked for cost little.
 */
import { fingerprint } from '../../lib/fingerprint.ts'
import type { JournalEntry, StoredEntry } from './entry.ts'

export interface Block {
  /** The others have the ids that follow. */
  firstEntryId: number
  entries: number
  /** Epoch milliseconds. */
  newestAt: number
  /** For each entry the fingerprints of certificate id, client id, and thing name, 0 for none; 32 bits, little-endian. */
  subjects: Uint8Array
  /** A JSON object for each entry, with a newline behind it. */
  lines: string
}

const subjectsAnEntry = 3
const bytesAnEntry = subjectsAnEntry * 4

export function packBlock(firstEntryId: number, entries: readonly JournalEntry[]): Block {
  const subjects = new Uint8Array(entries.length * bytesAnEntry)
  const view = new DataView(subjects.buffer)
  let lines = ''
  let newestAt = 0
  let at = 0
  for (const entry of entries) {
    for (const subject of subjectsOf(entry)) {
      if (subject !== undefined) view.setUint32(at, fingerprint(subject), true)
      at += 4
    }
    lines += `${toLine(entry)}\n`
    newestAt = Math.max(newestAt, entry.at.getTime())
  }
  return { firstEntryId, entries: entries.length, newestAt, subjects, lines }
}

/** Blocks that follow each other, the oldest first, as one. */
export function joinBlocks(first: Block, ...others: readonly Block[]): Block {
  const blocks = [first, ...others]
  return {
    firstEntryId: first.firstEntryId,
    entries: blocks.reduce((sum, { entries }) => sum + entries, 0),
    newestAt: Math.max(...blocks.map(({ newestAt }) => newestAt)),
    subjects: Buffer.concat(blocks.map(({ subjects }) => subjects)),
    lines: blocks.map(({ lines }) => lines).join(''),
  }
}

/** False when no entry is about the subject; true when one may be. */
export function mayMention(subjects: Uint8Array, subject: string): boolean {
  return placesOf(subjects, fingerprint(subject)).length > 0
}

/** Oldest first; those about `subject`, if one is given. */
export function entriesOf(
  { firstEntryId, subjects, lines }: Pick<Block, 'firstEntryId' | 'subjects' | 'lines'>,
  { accountId, subject }: { accountId: string; subject?: string | undefined },
): StoredEntry[] {
  const texts = lines.split('\n')
  const read = (place: number) => fromLine(texts[place] ?? '', { accountId, entryId: firstEntryId + place })
  if (subject === undefined) return texts.slice(0, -1).map((_, place) => read(place))
  return placesOf(subjects, fingerprint(subject))
    .map(read)
    .filter((entry) => subjectsOf(entry).includes(subject)) // another may have the same fingerprint
}

const subjectsOf = ({ certificateId, clientId, thingName }: JournalEntry) =>
  [certificateId, clientId, thingName] as const

/** Calls with each mention of a subject: its fingerprint, and the place of the entry in the block. */
export function forEachMention(
  subjects: Uint8Array,
  take: (fingerprint: number, place: number) => void,
): void {
  const view = new DataView(subjects.buffer, subjects.byteOffset, subjects.byteLength)
  for (let at = 0, place = 0; at + bytesAnEntry <= subjects.byteLength; at += bytesAnEntry, place++) {
    const certificate = view.getUint32(at, true)
    const client = view.getUint32(at + 4, true)
    const thing = view.getUint32(at + 8, true)
    if (certificate !== 0) take(certificate, place)
    if (client !== 0 && client !== certificate) take(client, place)
    if (thing !== 0 && thing !== certificate && thing !== client) take(thing, place)
  }
}

function placesOf(subjects: Uint8Array, wanted: number): number[] {
  const view = new DataView(subjects.buffer, subjects.byteOffset, subjects.byteLength)
  const places: number[] = []
  for (let at = 0; at + 4 <= subjects.byteLength; at += 4) {
    const place = Math.floor(at / bytesAnEntry)
    if (view.getUint32(at, true) === wanted && places.at(-1) !== place) places.push(place)
  }
  return places
}

/** The members of an entry on disk, in this order. */
interface Line extends Omit<JournalEntry, 'accountId' | 'at'> {
  /** Epoch milliseconds. */
  at: number
}

function toLine(entry: JournalEntry): string {
  const { at, code, certificateId, caCertificateId, clientId, thingName, sourceIp, details } = entry
  const line = {
    at: at.getTime(),
    code,
    certificateId,
    caCertificateId,
    clientId,
    thingName,
    sourceIp,
    details,
  }
  return JSON.stringify(line)
}

function fromLine(text: string, ids: { accountId: string; entryId: number }): StoredEntry {
  const { at, ...line } = JSON.parse(text) as Line
  return { ...ids, at: new Date(at), details: {}, ...line }
}
