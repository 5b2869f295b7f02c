/**
 * Copies in a bucket as a directory of this machine, for those who read a directory: what is needed is fetched when it is
 * needed, and gone at the end.
 */
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { BucketError } from '../../../lib/outbound/bucket.ts'
import { BackupError } from '../../backup/backup-error.ts'
import { CopyDamage } from '../blocks/copy-damage.ts'
import { keptFilesName, readLayout, segmentName, snapshotName } from '../kept/layout.ts'
import { nameOfPlace, type BucketPlace } from '../place.ts'
import type { CopiesSource } from '../restoring/source.ts'
import type { Snapshot } from '../snapshots/snapshots.ts'
import { openStoredFiles } from './open-bucket.ts'
import { decideReading, type StoredFiles, type StoredParts } from './stored-files.ts'

/** More than the head of a snapshot's first block takes. */
const startBytes = 65_536
/** A server may make few parts of many meanwhile. */
const tries = 3

/** @throws {BackupError} when the bucket cannot be read */
export async function openBucketSource(
  place: BucketPlace,
  { temporaryDirectory, signal }: { temporaryDirectory: string; signal: AbortSignal },
): Promise<CopiesSource & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const { files, ...way } = openStoredFiles(place, (ms) => setTimeout(ms, undefined, { signal }))
  stack.use(way)
  const directory = await mkdtemp(join(temporaryDirectory, 'muster-copies-'))
  stack.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }))
  const source = new BucketSource(files, directory, signal)
  await plainly(() => source.layOut())
  const opened = stack.move()
  return {
    name: nameOfPlace(place),
    directory,
    fetchSnapshot: (snapshot) => plainly(() => source.fetchSnapshot(snapshot)),
    fetchKept: (hashes) => plainly(() => source.fetchKept(hashes)),
    fetchAllKept: () => plainly(() => source.fetchAllKept()),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

class BucketSource {
  readonly #files: StoredFiles
  readonly #directory: string
  readonly #signal: AbortSignal
  #stored: StoredParts = new Map()
  readonly #fetched = new Set<string>()

  constructor(files: StoredFiles, directory: string, signal: AbortSignal) {
    this.#files = files
    this.#directory = directory
    this.#signal = signal
  }

  /** What there is, by name: of snapshots the beginning, which says when they are of, of segments nothing. */
  async layOut(): Promise<void> {
    this.#stored = await this.#files.list()
    await mkdir(join(this.#directory, keptFilesName), { mode: 0o700 })
    const there = [...this.#stored].filter(([, [first]]) => first?.offset === 0).map(([name]) => name)
    for (const { name, segments, snapshots } of readLayout(there)) {
      await mkdir(join(this.#directory, name), { mode: 0o700 })
      for (const number of segments) await this.#write(`${name}/${segmentName(number)}`, Buffer.alloc(0))
      for (const number of snapshots) {
        const stored = `${name}/${snapshotName(number)}`
        await this.#write(stored, await this.#files.readStart(stored, startBytes))
      }
    }
  }

  /** All of it, and the segments that go on from it. */
  async fetchSnapshot({ generation: { name, segments }, file, segment }: Snapshot): Promise<void> {
    await this.#bring(`${name}/${basename(file)}`)
    for (const number of segments) if (number >= segment) await this.#bring(`${name}/${segmentName(number)}`)
  }

  async fetchKept(hashes: Iterable<string>): Promise<void> {
    for (const sha256 of hashes) {
      const name = `${keptFilesName}/${sha256}`
      if (this.#stored.has(name)) await this.#bring(name) // else it is missing, which others say
    }
  }

  async fetchAllKept(): Promise<void> {
    for (const name of this.#stored.keys()) if (dirname(name) === keptFilesName) await this.#bring(name)
  }

  async #bring(name: string): Promise<void> {
    if (this.#fetched.has(name)) return
    for (let left = tries; ; left--) {
      try {
        await this.#fetchParts(name)
        this.#fetched.add(name)
        return
      } catch (error) {
        if (left === 1 || !(error instanceof BucketError) || error.status !== 404) throw error
        this.#stored = await this.#files.list()
      }
    }
  }

  async #fetchParts(name: string): Promise<void> {
    const reading = decideReading(this.#stored.get(name) ?? [])
    if (!reading) throw new CopyDamage(`${name} lacks a part`)
    await this.#write(name, Buffer.alloc(0))
    let end = 0
    for (const { offset } of reading) {
      this.#signal.throwIfAborted()
      const bytes = await this.#files.readPart(name, offset)
      await appendFile(join(this.#directory, name), bytes.subarray(end - offset))
      end = offset + bytes.length
    }
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    await writeFile(join(this.#directory, name), bytes, { mode: 0o600 })
  }
}

async function plainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof BucketError) throw new BackupError(cause.message, { cause })
    throw cause
  }
}
