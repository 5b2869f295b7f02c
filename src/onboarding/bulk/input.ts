/**
 * The input file of a task, as a copy of this server's own: what is read after a restart is what was read before, or the task
 * ends.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { findNameFault, isKept, openObject } from './bucket-directory.ts'
import { getObject, type S3Endpoint } from './s3-object.ts'
import { TaskFailure, type InputFacts, type RegistrationTask } from './task.ts'

export interface InputDeps {
  /** A directory for each bucket. */
  bucketsDirectory: string
  /** Of buckets that have no directory; absent: there are none. */
  s3?: S3Endpoint | undefined
  /** Where copies are kept while their tasks are carried out. */
  copiesDirectory: string
  maxInputBytes: number
}

/** Ends names that no backup takes in: a copy can be made anew. */
const ending = '.draft'
const copyOf = ({ copiesDirectory }: InputDeps, taskId: string) => join(copiesDirectory, `${taskId}${ending}`)

/**
 * Copies the input unless that was done. Resolves with the path of the copy, and what it is known by.
 * @throws {TaskFailure} when it cannot be had, is too large, or is another one than it was
 */
export async function openInput(
  deps: InputDeps,
  task: RegistrationTask,
): Promise<{ path: string; input: InputFacts }> {
  const path = copyOf(deps, task.taskId)
  const known = task.input && (await factsOf(createReadStream(path)).catch(() => undefined))
  if (known && known.sha256 === task.input?.sha256) return { path, input: known }
  const input = await copy(deps, task, path)
  if (task.input && task.input.sha256 !== input.sha256)
    throw new TaskFailure(`${nameOf(task)} was changed while the task was under way`)
  return { path, input }
}

export const removeInput = (deps: InputDeps, taskId: string): Promise<void> =>
  rm(copyOf(deps, taskId), { force: true })

/** Copies of tasks that a crash has ended. */
export async function removeOthers(deps: InputDeps, taskIds: ReadonlySet<string>): Promise<void> {
  const names = await readdir(deps.copiesDirectory).catch(() => [])
  for (const name of names)
    if (name.endsWith(ending) && !taskIds.has(name.slice(0, -ending.length)))
      await rm(join(deps.copiesDirectory, name), { force: true })
}

const nameOf = ({ inputFileBucket, inputFileKey }: RegistrationTask) => `${inputFileBucket}/${inputFileKey}`

async function copy(deps: InputDeps, task: RegistrationTask, path: string): Promise<InputFacts> {
  await mkdir(deps.copiesDirectory, { recursive: true, mode: 0o700 })
  const source = await openSource(deps, task)
  const measure = new Measure(deps.maxInputBytes, nameOf(task))
  try {
    await pipeline(
      source,
      (chunks: AsyncIterable<Buffer>) => measure.pass(chunks),
      createWriteStream(path, { mode: 0o600 }),
    )
  } catch (cause) {
    await rm(path, { force: true })
    if (cause instanceof TaskFailure) throw cause
    throw new TaskFailure(`${nameOf(task)} could not be read to its end`, { cause })
  }
  return measure.facts()
}

async function openSource(
  { bucketsDirectory, s3 }: InputDeps,
  { inputFileBucket: bucket, inputFileKey: key }: RegistrationTask,
): Promise<Readable> {
  const fault = findNameFault({ bucket, key })
  if (fault !== undefined) throw new TaskFailure(fault)
  if (await isKept(bucketsDirectory, bucket)) return openObject(bucketsDirectory, { bucket, key })
  if (s3) return getObject(s3, { bucket, key })
  throw new TaskFailure(`this server has no bucket ${bucket}`)
}

async function factsOf(file: Readable): Promise<InputFacts> {
  const measure = new Measure(Infinity, '')
  for await (const _ of measure.pass(file as AsyncIterable<Buffer>));
  return measure.facts()
}

class Measure {
  readonly #hash = createHash('sha256')
  readonly #maxBytes: number
  readonly #name: string
  #bytes = 0

  constructor(maxBytes: number, name: string) {
    this.#maxBytes = maxBytes
    this.#name = name
  }

  async *pass(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk)
      this.#bytes += chunk.length
      if (this.#bytes > this.#maxBytes)
        throw new TaskFailure(`${this.#name} has more than ${this.#maxBytes} bytes`)
      yield chunk
    }
  }

  facts(): InputFacts {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }
}
