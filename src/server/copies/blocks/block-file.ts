/** Files of blocks, one after the other. */
import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { causeText } from '../../../lib/cause-text.ts'
import {
  decodeBlock,
  encodeBlock,
  lengthsOf,
  prefixBytes,
  readHead,
  readLengths,
  type Block,
  type BlockHead,
} from './block.ts'
import { CopyDamage } from './copy-damage.ts'

export class BlockWriter implements Disposable {
  readonly #file: number
  #chain: Buffer
  #bytes = 0
  #blocks = 0

  /** @param file must not be there; made with mode 0600 */
  constructor(file: string, chain: Buffer) {
    this.#file = openSync(file, 'wx', 0o600)
    this.#chain = chain
  }

  /** Written so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many there are. */
  get blocks(): number {
    return this.#blocks
  }

  /** What the next block builds on. */
  get chain(): Buffer {
    return this.#chain
  }

  append(head: Omit<BlockHead, 'pages'>, pages: ReadonlyMap<number, Uint8Array>): void {
    const { bytes, chain } = encodeBlock({ head, pages }, this.#chain)
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done)
    this.#bytes += bytes.length
    this.#blocks += 1
    this.#chain = chain
  }

  /** Brings what was written to the disk. */
  sync(): void {
    fdatasyncSync(this.#file)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

export interface ReadBlock extends Block {
  /** What the next one builds on. */
  chain: Buffer
}

/**
 * Block after block. Returns how many bytes at the end are of a block that was never finished.
 * @throws {CopyDamage} naming the file, at the first one that is not what was written
 */
export function* readBlocks(file: string, chain: Buffer): Generator<ReadBlock, number> {
  let before = chain
  const measure = (prefix: Buffer) => {
    const { all } = lengthsOf(prefix, before)
    return { wanted: all, all }
  }
  return yield* walk(file, measure, (bytes) => {
    const { block, chain: next } = decodeBlock(bytes, before)
    before = next
    return { ...block, chain: next }
  })
}

/** Only what is said of them, unverified: to find out what nobody needs any more. */
export function* readHeads(file: string): Generator<BlockHead, number> {
  const measure = (prefix: Buffer) => {
    const { head, all } = readLengths(prefix)
    return { wanted: head, all }
  }
  return yield* walk(file, measure, (bytes) => readHead(bytes.subarray(prefixBytes)))
}

interface Lengths {
  /** Bytes after the first ones that are to be read, and those to the end of the block. */
  wanted: number
  all: number
}

function* walk<T>(
  file: string,
  measure: (prefix: Buffer) => Lengths,
  take: (bytes: Buffer) => T,
): Generator<T, number> {
  const opened = openSync(file, 'r')
  try {
    const { size } = fstatSync(opened)
    let offset = 0
    while (size - offset >= prefixBytes) {
      const { wanted, all } = measure(readAt(opened, offset, prefixBytes))
      const end = offset + prefixBytes + all
      if (end > size) break
      yield take(readAt(opened, offset, prefixBytes + wanted))
      offset = end
    }
    return size - offset
  } catch (cause) {
    if (!(cause instanceof CopyDamage)) throw cause
    throw new CopyDamage(`${basename(file)}: ${causeText(cause)}`, { cause })
  } finally {
    closeSync(opened)
  }
}

function readAt(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let done = 0; done < length;) {
    const read = readSync(file, bytes, done, length - done, offset + done)
    if (read === 0) throw new CopyDamage('it ended while it was read')
    done += read
  }
  return bytes
}
