/**
 * Brings what a copier wrote into a directory to a bucket, and takes it away from the directory. The directory is the same as that of
 * copies on a disk, with what is not brought away yet.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { keptFilesName, listGenerations, segmentName, snapshotName, type Generation } from '../kept/layout.ts'
import { readPiece, type StoredFiles } from './stored-files.ts'

/** As much is sent at a time. */
const pieceBytes = 32 * 1024 ** 2

export class Uploads {
  readonly #files: StoredFiles
  readonly #spool: string
  /** Hashes of files that are there; asked for once. */
  #kept: Set<string> | undefined
  /** Where parts of each segment begin, and where the next one does. */
  readonly #sent = new Map<string, { offsets: Set<number>; end: number }>()

  constructor(files: StoredFiles, spool: string) {
    this.#files = files
    this.#spool = spool
  }

  /** Resolves once everything but snapshots is there that was written before. No two at a time. */
  async push(): Promise<void> {
    await this.#pushKeptFiles() // before the blocks that name them
    for (const generation of listGenerations(this.#spool)) {
      const last = generation.segments.at(-1)
      for (const number of generation.segments) {
        await this.#pushSegment(generation, number)
        if (number !== last) await this.#closeSegment(generation, number)
      }
    }
  }

  /** Beside `push`: they may be large. */
  async pushSnapshots(signal: AbortSignal): Promise<void> {
    for (const { name, path, snapshots } of listGenerations(this.#spool))
      for (const number of snapshots) {
        const file = join(path, snapshotName(number))
        await this.#files.putFile(`${name}/${snapshotName(number)}`, file, signal)
        rmSync(file)
      }
  }

  async #pushKeptFiles(): Promise<void> {
    const directory = join(this.#spool, keptFilesName)
    const kept = (this.#kept ??= await this.#listKept())
    for (const name of readdirSync(directory)) {
      if (name.endsWith('.draft')) continue
      if (!kept.has(name)) await this.#files.putFile(`${keptFilesName}/${name}`, join(directory, name))
      kept.add(name)
      rmSync(join(directory, name))
    }
  }

  async #listKept(): Promise<Set<string>> {
    const stored = await this.#files.list()
    const names = [...stored.keys()].filter((name) => stored.get(name)?.[0]?.offset === 0)
    return new Set(names.filter((name) => name.startsWith(`${keptFilesName}/`)).map((name) => basename(name)))
  }

  async #pushSegment({ name, path }: Generation, number: number): Promise<void> {
    const stored = `${name}/${segmentName(number)}`
    const file = join(path, segmentName(number))
    const sent = this.#sent.get(stored) ?? { offsets: new Set<number>(), end: 0 }
    this.#sent.set(stored, sent)
    const { size } = statSync(file)
    while (sent.end < size) {
      const length = Math.min(pieceBytes, size - sent.end)
      await this.#files.putPart(stored, sent.end, readPiece(file, sent.end, length))
      sent.offsets.add(sent.end)
      sent.end += length
    }
  }

  /** Nothing is added any more: its many parts become few. */
  async #closeSegment({ name, path }: Generation, number: number): Promise<void> {
    const stored = `${name}/${segmentName(number)}`
    const file = join(path, segmentName(number))
    const { offsets = new Set<number>() } = this.#sent.get(stored) ?? {}
    const whole = await this.#files.putFile(stored, file)
    await this.#files.remove(stored, offsets.difference(whole))
    this.#sent.delete(stored)
    rmSync(file)
  }

  /** They were removed there. */
  forgetKept(names: Iterable<string>): void {
    for (const name of names) this.#kept?.delete(name)
  }
}
