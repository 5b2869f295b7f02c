/**
 * Blocks, of which copies are made: a head as JSON, pages compressed, and a hash over both and the hash of the block before, so that
 * none can be changed, moved, or left out. A length has a check of its own: what ends too early was cut off, and was not changed.
 */
import { hash } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { CopyDamage } from './copy-damage.ts'

const mark = Buffer.from('MWC1')
const hashBytes = 32
const checkBytes = 8
/** Mark, length of the head, length of the pages, check. */
export const prefixBytes = mark.length + 8 + checkBytes
/** More than any transaction has. */
const maxPagesBytes = 2 ** 31 - 1

/** What a chain of blocks begins with. */
export const chainStart = Buffer.alloc(hashBytes)

const keptFile = z.strictObject({
  /** Hexadecimal; names the content. */
  sha256: z.string().regex(/^[\da-f]{64}$/),
  size: z.number().int().min(0),
})
/** Files beside the database, by their paths in the data directory. */
const keptFiles = z.record(z.string(), keptFile)
export type KeptFiles = z.infer<typeof keptFiles>

const headSchema = z.strictObject({
  /** Epoch milliseconds; everything in the block had been committed by then. */
  at: z.number().int(),
  pageSize: z.number().int(),
  /** Of the whole database; 0: the block says nothing of it. */
  databasePages: z.number().int(),
  pages: z.number().int(),
  /** All of them, where they differ from those of the block before. */
  files: keptFiles.optional(),
  /** First of a snapshot: what it is of. */
  snapshot: z
    .strictObject({
      /** Of Muster. */
      version: z.string(),
      /** Number of the segment that follows it, and the hash that its first block builds on. */
      segment: z.number().int(),
      chain: z.string().regex(/^[\da-f]{64}$/),
    })
    .optional(),
  /** Last of a snapshot. */
  isEnd: z.literal(true).optional(),
})
export type BlockHead = z.infer<typeof headSchema>

export interface Block {
  head: BlockHead
  /** By number, from 1; each as long as the head says. */
  pages: ReadonlyMap<number, Uint8Array>
}

/** With the hash that the next one builds on. */
export function encodeBlock(
  { head, pages }: { head: Omit<BlockHead, 'pages'>; pages: ReadonlyMap<number, Uint8Array> },
  chain: Uint8Array,
): { bytes: Buffer; chain: Buffer } {
  const text = Buffer.from(JSON.stringify({ ...head, pages: pages.size } satisfies BlockHead))
  const numbers = Buffer.alloc(4 * pages.size)
  let place = 0
  for (const number of pages.keys()) place = numbers.writeUInt32BE(number, place)
  const packed = zstdCompressSync(Buffer.concat([numbers, ...pages.values()]))
  const lengths = Buffer.alloc(8)
  lengths.writeUInt32BE(text.length, 0)
  lengths.writeUInt32BE(packed.length, 4)
  const prefix = Buffer.concat([mark, lengths, checkOf(chain, lengths)])
  const next = hashOf(chain, [prefix, text, packed])
  return { bytes: Buffer.concat([prefix, text, packed, next]), chain: next }
}

/**
 * How many bytes follow the first ones of a block, to its end.
 * @throws {CopyDamage} for what no block after `chain` begins with
 */
export function lengthsOf(prefix: Buffer, chain: Uint8Array): { head: number; all: number } {
  const lengths = prefix.subarray(mark.length, mark.length + 8)
  const check = prefix.subarray(mark.length + 8, prefixBytes)
  if (!prefix.subarray(0, mark.length).equals(mark) || !check.equals(checkOf(chain, lengths)))
    throw new CopyDamage('a block does not follow the one before it')
  return readLengths(prefix)
}

/** As above, whatever they are worth. */
export function readLengths(prefix: Buffer): { head: number; all: number } {
  const head = prefix.readUInt32BE(mark.length)
  return { head, all: head + prefix.readUInt32BE(mark.length + 4) + hashBytes }
}

/** @throws {CopyDamage} */
export function decodeBlock(bytes: Buffer, chain: Uint8Array): { block: Block; chain: Buffer } {
  const { head: headLength } = lengthsOf(bytes, chain)
  const end = bytes.length - hashBytes
  const next = bytes.subarray(end)
  if (!hashOf(chain, [bytes.subarray(0, end)]).equals(next))
    throw new CopyDamage('a block is not what its hash says')
  const headEnd = prefixBytes + headLength
  const head = readHead(bytes.subarray(prefixBytes, headEnd))
  return { block: { head, pages: readPages(head, bytes.subarray(headEnd, end)) }, chain: next }
}

/** @throws {CopyDamage} */
export function readHead(text: Buffer): BlockHead {
  try {
    return headSchema.parse(JSON.parse(text.toString()))
  } catch (cause) {
    throw new CopyDamage('a block has a head that this version does not know', { cause })
  }
}

function readPages({ pages: count, pageSize }: BlockHead, packed: Buffer): Map<number, Uint8Array> {
  const bytes = zstdDecompressSync(packed, { maxOutputLength: maxPagesBytes })
  const start = 4 * count
  return new Map(
    Array.from({ length: count }, (_, index) => [
      bytes.readUInt32BE(4 * index),
      bytes.subarray(start + index * pageSize, start + (index + 1) * pageSize),
    ]),
  )
}

const hashOf = (chain: Uint8Array, parts: readonly Uint8Array[]): Buffer =>
  hash('sha256', Buffer.concat([chain, ...parts]), 'buffer')

const checkOf = (chain: Uint8Array, lengths: Uint8Array): Buffer =>
  hashOf(chain, [lengths]).subarray(0, checkBytes)
