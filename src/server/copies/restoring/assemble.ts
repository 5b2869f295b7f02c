/** The files of a data directory as they were at a time, from copies. */
import {
  closeSync,
  createReadStream,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { dirname, join, normalize } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pipeline } from 'node:stream/promises'
import { databaseName } from '../../backup/members.ts'
import { chainStart, type Block, type KeptFiles } from '../blocks/block.ts'
import { readBlocks } from '../blocks/block-file.ts'
import { CopyDamage } from '../blocks/copy-damage.ts'
import { keptFilesName, segmentName } from '../kept/layout.ts'
import type { Snapshot } from '../snapshots/snapshots.ts'

export interface Assembled {
  /** Epoch milliseconds of the last change that is in it. */
  reachedAt: number
  files: KeptFiles
  /** Bytes at the end that a killed server left of a block. */
  tornBytes: number
}

export interface AssembleRequest {
  snapshot: Snapshot
  /** Epoch milliseconds; what was committed later is left out. */
  at: number
  /** Is there and empty. */
  target: string
  /** Brings files beside the database, by their hashes. */
  fetchKept: (hashes: Iterable<string>) => Promise<void>
  signal: AbortSignal
}

/** @throws {CopyDamage} saying until when it can be relied on */
export async function assemble({
  snapshot,
  at,
  target,
  fetchKept,
  signal,
}: AssembleRequest): Promise<Assembled> {
  using database = openDatabaseFile(join(target, databaseName))
  await readSnapshot(snapshot, database.lay, signal)
  const laid = await layBlocks({ snapshot, at, database, signal })
  database.sync()
  await fetchKept(Object.values(laid.files).map(({ sha256 }) => sha256))
  const directory = join(dirname(snapshot.generation.path), keptFilesName)
  for (const [path, { sha256 }] of Object.entries(laid.files))
    await layFile(join(directory, sha256), sha256, placeOf(target, path))
  return laid
}

/** Reads all of it, block after block. @throws {CopyDamage} */
export async function readSnapshot(
  { file }: Snapshot,
  lay: (block: Block) => void,
  signal: AbortSignal,
): Promise<void> {
  let isWhole = false
  for (const block of readBlocks(file, chainStart)) {
    signal.throwIfAborted()
    lay(block)
    isWhole = block.head.isEnd === true
    await setImmediate()
  }
  if (!isWhole) throw new CopyDamage(`${file} ends too early`)
}

interface LayRequest extends Omit<AssembleRequest, 'target' | 'fetchKept'> {
  database: DatabaseFile
}

async function layBlocks({ snapshot, at, database, signal }: LayRequest): Promise<Assembled> {
  const { generation, segment, startsAt } = snapshot
  const laid: Assembled = { reachedAt: startsAt, files: {}, tornBytes: 0 }
  const segments = generation.segments.filter((number) => number >= segment)
  let { chain } = snapshot
  let isBegun = false
  for (const [index, number] of segments.entries()) {
    const name = segmentName(number)
    if (number !== segment + index)
      throw new CopyDamage(`${generation.name} lacks ${segmentName(segment + index)}`)
    const blocks = readBlocks(join(generation.path, name), chain)
    for (;;) {
      signal.throwIfAborted()
      const next = readOn(blocks, laid.reachedAt)
      if (next.done) {
        laid.tornBytes = next.value
        break
      }
      if (next.value.head.at > at) return laid
      database.lay(next.value)
      chain = next.value.chain
      isBegun = true
      laid.reachedAt = next.value.head.at
      laid.files = next.value.head.files ?? laid.files
      if (laid.reachedAt === at) return laid // there is one block of a time
      await setImmediate()
    }
    if (!isBegun) break
    if (laid.tornBytes > 0 && index < segments.length - 1)
      throw damagedAfter(laid.reachedAt, `${name} ends too early`)
  }
  if (!isBegun) throw new CopyDamage(`${generation.name} lacks ${segmentName(segment)}, or its first block`)
  return laid
}

function readOn(blocks: ReturnType<typeof readBlocks>, reachedAt: number) {
  try {
    return blocks.next()
  } catch (cause) {
    throw cause instanceof CopyDamage ? damagedAfter(reachedAt, cause.message, cause) : cause
  }
}

function damagedAfter(reachedAt: number, what: string, cause?: unknown): CopyDamage {
  const last = new Date(reachedAt).toISOString()
  return new CopyDamage(`${what}; what was committed until ${last} is whole: --at ${last} restores that`, {
    cause,
  })
}

interface DatabaseFile extends Disposable {
  lay: (block: Block) => void
  sync: () => void
}

function openDatabaseFile(path: string): DatabaseFile {
  const file = openSync(path, 'wx', 0o600)
  return {
    lay({ head: { pageSize, databasePages }, pages }) {
      for (const [number, page] of pages) writeSync(file, page, 0, pageSize, (number - 1) * pageSize)
      if (databasePages > 0) ftruncateSync(file, databasePages * pageSize)
    },
    sync: () => fsyncSync(file),
    [Symbol.dispose]: () => closeSync(file),
  }
}

/** @throws {CopyDamage} for a path that leads out of the directory */
function placeOf(target: string, path: string): string {
  const place = normalize(path)
  if (place.startsWith('..') || place.startsWith('/') || place === databaseName)
    throw new CopyDamage(`a block names the file ${path}`)
  return join(target, place)
}

async function layFile(kept: string, sha256: string, place: string): Promise<void> {
  await checkKeptFile(kept, sha256)
  await mkdir(dirname(place), { recursive: true, mode: 0o700 })
  await copyFile(kept, place)
}

/** Also those that only earlier moments name. @throws {CopyDamage} */
export async function checkKeptFiles(directory: string): Promise<void> {
  const kept = join(directory, keptFilesName)
  for (const name of readdirSync(kept))
    if (!name.endsWith('.draft')) await checkKeptFile(join(kept, name), name)
}

/** @throws {CopyDamage} when it is missing or was changed */
async function checkKeptFile(kept: string, sha256: string): Promise<void> {
  if (!statSync(kept, { throwIfNoEntry: false }))
    throw new CopyDamage(`${keptFilesName}/${sha256} is missing`)
  const hash = createHash('sha256')
  await pipeline(createReadStream(kept), hash)
  if (hash.digest('hex') !== sha256)
    throw new CopyDamage(`${keptFilesName}/${sha256} is not what its name says`)
}
