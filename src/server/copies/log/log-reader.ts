/**
 * Reads what was committed from SQLite's write-ahead log, beside whoever writes it. Nothing of a transaction that is not
 * committed comes out, and nothing twice. Source: sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { continueChecksum, isSameChecksum, readChecksum, type LogChecksum } from './log-checksum.ts'

const headerBytes = 32
const frameHeaderBytes = 24
const magic = 0x377f0682
/** Frames that are read at a time. */
const framesAtATime = 64

/** Frames were overwritten before they were read: what follows does not fit what was read before. */
export class LogLostError extends Error {
  override readonly name = 'LogLostError'
}

/** Pages as of the end of a transaction: of each its last content. */
export interface Changes {
  pageSize: number
  /** Of the whole database, in pages. */
  databasePages: number
  /** By number, from 1. */
  pages: Map<number, Uint8Array>
}

interface LogHeader {
  pageSize: number
  isBigEndian: boolean
  /** 8 bytes that each frame repeats; the first four count how often the log began anew. */
  salt: Buffer
  checksum: LogChecksum
}

export class LogReader implements Disposable {
  readonly #log: number
  #header: LogHeader | undefined
  #checksum: LogChecksum = [0, 0]
  /** Bytes, at the end of a transaction. */
  #position = headerBytes
  #mayBeginAnew = false

  /** @param file the log; it stays the same file while it is read */
  constructor(file: string) {
    // SQLite's locks are on other files: to close this one releases none of them
    this.#log = openSync(file, 'r')
  }

  /** All of the log has been read, and whoever writes it is about to begin it anew. */
  expectNewLog(): void {
    this.#mayBeginAnew = true
  }

  /** Whether it began anew is seen by now, if it ever did. */
  expectSameLog(): void {
    this.#mayBeginAnew = false
  }

  /**
   * What was committed since the last call; undefined for nothing.
   * @throws {LogLostError} when the log began anew unexpectedly
   */
  read(): Changes | undefined {
    const header = this.#readHeader()
    if (!header) return undefined
    if (!this.#header?.salt.equals(header.salt)) this.#begin(header)
    return this.#readFrames(header)
  }

  #begin(header: LogHeader): void {
    if (this.#header) {
      const count = this.#header.salt.readUInt32BE(0)
      if (!this.#mayBeginAnew || header.salt.readUInt32BE(0) !== (count + 1) >>> 0)
        throw new LogLostError('the write-ahead log began anew before all of it was copied')
    }
    this.#mayBeginAnew = false
    this.#header = header
    this.#checksum = header.checksum
    this.#position = headerBytes
  }

  /** Undefined while there is none, or it is being written. */
  #readHeader(): LogHeader | undefined {
    const bytes = Buffer.alloc(headerBytes)
    if (readSync(this.#log, bytes, 0, headerBytes, 0) < headerBytes) return undefined
    const mark = bytes.readUInt32BE(0)
    const isBigEndian = mark === magic + 1
    const checksum = continueChecksum([0, 0], bytes.subarray(0, 24), isBigEndian)
    if ((mark !== magic && !isBigEndian) || !isSameChecksum(checksum, readChecksum(bytes, 24)))
      return undefined
    return { pageSize: bytes.readUInt32BE(8), isBigEndian, salt: bytes.subarray(16, 24), checksum }
  }

  #readFrames(header: LogHeader): Changes | undefined {
    const frameBytes = frameHeaderBytes + header.pageSize
    const changes: Changes = { pageSize: header.pageSize, databasePages: 0, pages: new Map() }
    const uncommitted: [number, Uint8Array][] = []
    let [offset, checksum] = [this.#position, this.#checksum]
    for (;;) {
      const chunk = this.#readChunk(header, offset, frameBytes)
      for (let start = 0; start + frameBytes <= chunk.length; start += frameBytes) {
        const frame = chunk.subarray(start, start + frameBytes)
        checksum = checksumOf(frame, checksum, header.isBigEndian)
        if (!isOf(header, frame) || !isSameChecksum(checksum, readChecksum(frame, 16)))
          return changes.databasePages > 0 ? changes : undefined
        offset += frameBytes
        uncommitted.push([frame.readUInt32BE(0), frame.subarray(frameHeaderBytes)])
        const databasePages = frame.readUInt32BE(4) // of the last frame of a transaction alone
        if (databasePages === 0) continue
        for (const [number, page] of uncommitted.splice(0)) changes.pages.set(number, page)
        changes.databasePages = databasePages
        this.#position = offset
        this.#checksum = checksum
      }
      if (chunk.length < framesAtATime * frameBytes) return changes.databasePages > 0 ? changes : undefined
    }
  }

  /** Empty where there is no further frame, so that nothing is read of what an earlier log left behind. */
  #readChunk(header: LogHeader, offset: number, frameBytes: number): Buffer {
    const start = Buffer.alloc(frameHeaderBytes)
    if (readSync(this.#log, start, 0, frameHeaderBytes, offset) < frameHeaderBytes || !isOf(header, start))
      return Buffer.alloc(0)
    const chunk = Buffer.alloc(framesAtATime * frameBytes)
    return chunk.subarray(0, readSync(this.#log, chunk, 0, chunk.length, offset))
  }

  [Symbol.dispose](): void {
    closeSync(this.#log)
  }
}

const isOf = ({ salt }: LogHeader, frame: Buffer): boolean => salt.equals(frame.subarray(8, 16))

function checksumOf(frame: Buffer, before: LogChecksum, isBigEndian: boolean): LogChecksum {
  const start = continueChecksum(before, frame.subarray(0, 8), isBigEndian)
  return continueChecksum(start, frame.subarray(frameHeaderBytes), isBigEndian)
}
