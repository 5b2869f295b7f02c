/** Copies what a running server commits, a little behind it: docs/decisions/0042-copies-of-the-log.md. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from '../../lib/make-directory.ts'
import { databaseName } from '../backup/members.ts'
import { chainStart, type BlockHead } from './blocks/block.ts'
import { BlockWriter } from './blocks/block-file.ts'
import { FileKeeper } from './kept/file-keeper.ts'
import { generationName, keptFilesName, segmentName } from './kept/layout.ts'
import { LogReader, type Changes } from './log/log-reader.ts'
import { holdMoment } from './snapshots/store.ts'
import { writeSnapshot, type SnapshotStart } from './snapshots/write-snapshot.ts'

/** After that the next segment begins. */
const maxSegmentBytes = 64 * 1024 ** 2
/** Without commits the files beside the database are looked at that often. */
const lookEveryMs = 5000

export interface CopierOptions {
  dataDir: string
  /** Of the copies; is there. */
  directory: string
  /** Of Muster. */
  version: string
  /** After so many blocks the next segment begins; absent: after so many bytes alone. */
  maxBlocks?: number | undefined
  now: () => number
}

export class Copier implements Disposable {
  readonly #options: CopierOptions
  readonly #reader: LogReader
  readonly #files: FileKeeper
  readonly #path: string
  #segment: BlockWriter
  #number = 1
  #pending: Changes | undefined
  #lastAt = 0
  #lookedAt = Number.NEGATIVE_INFINITY
  #bytesOfFormerSegments = 0

  /** Begins a generation. */
  constructor(options: CopierOptions) {
    const { dataDir, directory, now } = options
    this.#options = options
    this.#path = join(directory, generationName(new Date(now())))
    for (const path of [this.#path, join(directory, keptFilesName)]) makeDirectory(path, { mode: 0o700 })
    this.#reader = new LogReader(join(dataDir, `${databaseName}-wal`))
    this.#files = new FileKeeper(dataDir, join(directory, keptFilesName))
    this.#segment = this.#openSegment(chainStart)
  }

  /** Of the generation. */
  get path(): string {
    return this.#path
  }

  get files(): FileKeeper {
    return this.#files
  }

  /** Bytes of all segments since the copier began. */
  get bytes(): number {
    return this.#bytesOfFormerSegments + this.#segment.bytes
  }

  /** Nobody writes to the log, and it is about to begin anew: the rest of it is read now, and written with the next turn. */
  takeRest(): void {
    this.#read()
    this.#reader.expectNewLog()
  }

  /** It began anew, or could not. */
  noticeNewLog(): void {
    this.#read()
    this.#reader.expectSameLog()
  }

  /**
   * Writes what was committed until now, durably. No two at a time.
   * @throws {LogLostError} when the log began anew behind its back; whatever keeps it from writing
   */
  async turn(): Promise<void> {
    await this.#turn({ isFirst: false })
  }

  /**
   * Begins a segment and a snapshot from which it goes on; between two turns. Resolves once the moment is held, with what is left
   * to be done beside further turns.
   */
  async beginSnapshot(): Promise<{ startsAt: number; write: (signal: AbortSignal) => Promise<void> }> {
    const { dataDir, version } = this.#options
    const moment = holdMoment(join(dataDir, databaseName))
    try {
      const { chain } = this.#segment
      if (this.#segment.bytes > 0) this.#nextSegment()
      const startsAt = await this.#turn({ isFirst: true }) // holds whatever the moment has, and maybe more
      const start: SnapshotStart = { startsAt, segment: this.#number, chain, version }
      const files = { scratch: join(dataDir, 'copies.draft'), path: this.#path }
      return { startsAt, write: (signal) => writeSnapshot(moment, { ...files, start, signal }) }
    } catch (error) {
      moment[Symbol.dispose]()
      throw error
    }
  }

  /** Resolves with the time of the block, if there was one to write. */
  async #turn({ isFirst }: { isFirst: boolean }): Promise<number> {
    this.#read()
    const at = Math.max(this.#lastAt + 1, this.#options.now())
    const changes = this.#pending
    this.#pending = undefined
    const isLookDue = isFirst || changes !== undefined || at - this.#lookedAt >= lookEveryMs
    // after the log was read: what it names is there by then
    const areFilesChanged = isLookDue && (await this.#files.look())
    if (isLookDue) this.#lookedAt = at
    if (!changes && !areFilesChanged && !isFirst) return this.#lastAt
    this.#write(
      {
        at,
        pageSize: changes?.pageSize ?? 0,
        databasePages: changes?.databasePages ?? 0,
        ...((isFirst || areFilesChanged) && { files: this.#files.files }),
      },
      changes?.pages,
    )
    return at
  }

  #write(head: Omit<BlockHead, 'pages'>, pages: Changes['pages'] = new Map()): void {
    const { maxBlocks = Number.POSITIVE_INFINITY } = this.#options
    if (this.#segment.bytes > maxSegmentBytes || this.#segment.blocks >= maxBlocks) this.#nextSegment()
    this.#segment.append(head, pages)
    this.#segment.sync()
    this.#lastAt = head.at
  }

  #read(): void {
    const changes = this.#reader.read()
    if (!changes) return
    const pages = new Map([...(this.#pending?.pages ?? []), ...changes.pages])
    this.#pending = { ...changes, pages }
  }

  #nextSegment(): void {
    const { chain, bytes } = this.#segment
    this.#segment[Symbol.dispose]()
    this.#bytesOfFormerSegments += bytes
    this.#number += 1
    this.#segment = this.#openSegment(chain)
  }

  #openSegment(chain: Buffer): BlockWriter {
    const segment = new BlockWriter(join(this.#path, segmentName(this.#number)), chain)
    for (const directory of [this.#path, this.#options.directory]) syncDirectory(directory)
    return segment
  }

  [Symbol.dispose](): void {
    this.#segment[Symbol.dispose]()
    this.#reader[Symbol.dispose]()
  }
}

function syncDirectory(directory: string): void {
  const opened = openSync(directory, 'r')
  fsyncSync(opened)
  closeSync(opened)
}
