import { closeSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { renameDurably } from '../../../lib/durable-file.ts'
import { databaseName } from '../../backup/members.ts'
import { chainStart } from '../blocks/block.ts'
import { BlockWriter } from '../blocks/block-file.ts'
import { snapshotDraftName, snapshotName } from '../kept/layout.ts'
import type { Moment } from './store.ts'

/** In a block: 1 MiB of pages of 4 KiB. */
const pagesAtATime = 256
const headerBytes = 100

export interface SnapshotStart {
  /** Epoch milliseconds, that of the segment's first block. */
  startsAt: number
  segment: number
  /** What that block builds on. */
  chain: Buffer
  version: string
}

export interface SnapshotRequest {
  start: SnapshotStart
  /** A directory in the data directory for the database as it was; made, and gone at the end. */
  scratch: string
  /** Of the generation. */
  path: string
  signal: AbortSignal
}

/** Disposes of the moment as soon as the scratch has it. The snapshot has its name when all of it is on the disk. */
export async function writeSnapshot(
  moment: Moment,
  { start, scratch, path, signal }: SnapshotRequest,
): Promise<void> {
  const database = join(scratch, databaseName)
  const draft = join(path, snapshotDraftName(start.segment))
  try {
    {
      using held = moment
      rmSync(scratch, { recursive: true, force: true }) // of one that was killed
      mkdirSync(scratch, { mode: 0o700 })
      await held.copyTo(database)
    }
    rmSync(draft, { force: true })
    await writePages(database, draft, { start, signal })
    await renameDurably(draft, join(path, snapshotName(start.segment)))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function writePages(
  database: string,
  draft: string,
  { start, signal }: Pick<SnapshotRequest, 'start' | 'signal'>,
): Promise<void> {
  const { startsAt: at, segment, chain, version } = start
  const source = openSync(database, 'r')
  using target = new BlockWriter(draft, chainStart)
  try {
    const pageSize = readPageSize(source)
    const snapshot = { version, segment, chain: chain.toString('hex') }
    target.append({ at, pageSize, databasePages: 0, snapshot }, new Map())
    let number = 1
    for (;;) {
      signal.throwIfAborted()
      const chunk = Buffer.alloc(pagesAtATime * pageSize)
      const read = readSync(source, chunk, 0, chunk.length, (number - 1) * pageSize)
      if (read === 0) break
      const pages = new Map<number, Uint8Array>()
      for (let place = 0; place < read; place += pageSize)
        pages.set(number++, chunk.subarray(place, place + pageSize))
      target.append({ at, pageSize, databasePages: number - 1 }, pages)
      await setImmediate() // a turn may be due
    }
    target.append({ at, pageSize, databasePages: number - 1, isEnd: true }, new Map())
    target.sync()
  } finally {
    closeSync(source)
  }
}

/** 1 stands for 65,536. Source: sqlite.org/fileformat2.html#page_size */
function readPageSize(database: number): number {
  const header = Buffer.alloc(headerBytes)
  readSync(database, header, 0, headerBytes, 0)
  const size = header.readUInt16BE(16)
  return size === 1 ? 65_536 : size
}
