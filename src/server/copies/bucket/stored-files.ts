/**
 * Files as objects of a bucket. A file is a row of parts, each named by where it begins: what grows gets one more part, and several
 * small parts can be replaced by a large one, which is put in the place of the first. A file is there once its first part is;
 * so files that are stored whole are stored from behind.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { BucketError, type Bucket } from '../../../lib/outbound/bucket.ts'
import { readAnswer } from '../../../lib/outbound/read-answer.ts'

export interface Part {
  offset: number
  size: number
  /** Epoch milliseconds. */
  modifiedAt: number
}

/** By name, in the order of the names; of each the parts in the order in which they begin. */
export type StoredParts = Map<string, Part[]>

export interface StoredFilesOptions {
  prefix: string
  patiently: Patiently
  beforeWrite: () => Promise<void>
}

const partBytes = 32 * 1024 ** 2
const digits = 14
const partPattern = /^(.+)\/(\d{14})$/

export class StoredFiles {
  readonly #bucket: Bucket
  readonly #prefix: string
  readonly #patiently: Patiently
  readonly #beforeWrite: () => Promise<void>

  /** `prefix` ends with a slash, or is empty; `beforeWrite` throws when nothing may be changed, and is asked at each try. */
  constructor(bucket: Bucket, { prefix, patiently, beforeWrite }: StoredFilesOptions) {
    this.#bucket = bucket
    this.#prefix = prefix
    this.#patiently = patiently
    this.#beforeWrite = beforeWrite
  }

  /** For messages. */
  get place(): string {
    return `${this.#bucket.origin}, ${this.#prefix === '' ? 'a whole bucket' : this.#prefix}`
  }

  async list(): Promise<StoredParts> {
    const objects = await this.#patiently(() => this.#bucket.list(this.#prefix))
    const files: StoredParts = new Map()
    for (const { key, ...facts } of objects) {
      const [, name, offset] = partPattern.exec(key.slice(this.#prefix.length)) ?? []
      if (name === undefined) continue
      const parts = files.get(name) ?? []
      files.set(name, [...parts, { offset: Number(offset), ...facts }])
    }
    return files
  }

  /** One part more, or in place of the one that begins there. */
  async putPart(name: string, offset: number, bytes: Uint8Array): Promise<void> {
    await this.#write(() => this.#bucket.put(this.#keyOf(name, offset), bytes))
  }

  /** All of it, in parts of a size that a request can have. Resolves with where they begin. */
  async putFile(name: string, path: string, signal?: AbortSignal): Promise<Set<number>> {
    const { size } = statSync(path)
    const offsets = new Set<number>()
    for (let part = Math.max(0, Math.ceil(size / partBytes) - 1); part >= 0; part--) {
      signal?.throwIfAborted()
      const offset = part * partBytes
      await this.putPart(name, offset, readPiece(path, offset, Math.min(partBytes, size - offset)))
      offsets.add(offset)
    }
    return offsets
  }

  /** The beginning of a part. */
  async readStart(name: string, bytes: number): Promise<Buffer> {
    return this.#patiently(async () =>
      readAnswer(await this.#bucket.get(this.#keyOf(name, 0), bytes), partBytes),
    )
  }

  /** A part, whole. */
  async readPart(name: string, offset: number): Promise<Buffer> {
    return this.#patiently(async () =>
      readAnswer(await this.#bucket.get(this.#keyOf(name, offset)), maxPartBytes),
    )
  }

  /** The first part first: without it nobody takes the file for one. */
  async remove(name: string, offsets: Iterable<number>): Promise<void> {
    for (const offset of [...offsets].toSorted((one, other) => one - other))
      await this.#write(() => this.#bucket.remove(this.#keyOf(name, offset)))
  }

  async #write(request: () => Promise<unknown>): Promise<void> {
    let refusal: unknown
    await this.#patiently(async () => {
      try {
        await this.#beforeWrite()
      } catch (error) {
        refusal = error // that is not to be tried again
        return
      }
      await request()
    })
    if (refusal !== undefined) throw refusal
  }

  #keyOf(name: string, offset: number): string {
    return `${this.#prefix}${name}/${String(offset).padStart(digits, '0')}`
  }
}

const maxPartBytes = 2 * partBytes

/** Runs a request, again when it failed for a reason that may pass. */
export type Patiently = <T>(request: () => Promise<T>) => Promise<T>

const pausesMs = [250, 500, 1000, 2000, 4000, 8000]

/** `pause` waits between two tries, and throws when there is no time left. */
export function createPatiently(pause: (ms: number) => Promise<void>): Patiently {
  return async (request) => {
    for (const ms of pausesMs) {
      try {
        return await request()
      } catch (error) {
        if (!mayPass(error)) throw error
        await pause(ms).catch(() => {
          throw error
        })
      }
    }
    return request()
  }
}

/** What a service refuses is refused again. An answer that ended too early is no refusal. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof BucketError) ||
  error.status === undefined ||
  (error.status >= 500 && error.status !== 501) ||
  error.status === 408 ||
  error.status === 429

export function readPiece(path: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  const file = openSync(path, 'r')
  try {
    for (let done = 0; done < length;) {
      const read = readSync(file, bytes, done, length - done, offset + done)
      if (read === 0) throw new Error(`${path} ended while it was read`)
      done += read
    }
  } finally {
    closeSync(file)
  }
  return bytes
}

/** In which order parts are read, so that what they hold follows on. Undefined where a piece is missing. */
export function decideReading(parts: readonly Part[]): Part[] | undefined {
  const reading: Part[] = []
  const end = Math.max(0, ...parts.map(({ offset, size }) => offset + size))
  for (let at = 0; at < end;) {
    const next = parts
      .filter(({ offset, size }) => offset <= at && at < offset + size)
      .toSorted((one, other) => one.offset + one.size - (other.offset + other.size))
      .at(-1)
    if (!next) return undefined
    reading.push(next)
    at = next.offset + next.size
  }
  return reading
}
