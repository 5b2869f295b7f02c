/**
 * A file of entries that are on their way into the database. Being written there costs a call of the system and no wait for
 * the disk, and the process may be killed from then on. What a power cut takes from it are entries of calls that changed nothing.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { fromLine } from './entry.ts'

export interface Spooled {
  /** Counts up, over all starts. */
  number: number
  accountId: string
  /** Of the entry; epoch milliseconds. */
  at: number
  line: string
}

/** Of what a run before left behind; what was not wholly written is left out. */
export function readSpool(file: string): Spooled[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.flatMap((text) => {
    const found = /^(\d{1,15}) (\d{12}) (\{.*\})$/.exec(text)
    if (!found) return []
    const [, number = '', accountId = '', line = ''] = found
    return [{ number: Number(number), accountId, at: fromLine(line).at, line }]
  })
}

/** More is written anew when what is left is little of it. */
const roomyBytes = 4 * 1024 * 1024

export class Spool implements Disposable {
  readonly #file: string
  #descriptor: number
  #size: number

  /** What is in the file stays there until `clear`. */
  constructor(file: string) {
    this.#file = file
    this.#descriptor = openSync(file, 'a', 0o600)
    this.#size = fstatSync(this.#descriptor).size
  }

  /** @throws {Error} of the system: nothing of `entries` may be relied on then */
  append(entries: readonly Spooled[]): void {
    const bytes = toBytes(entries)
    try {
      writeWhole(this.#descriptor, bytes)
    } catch (cause) {
      ftruncateSync(this.#descriptor, this.#size) // half a line would spoil the next one
      throw cause
    }
    this.#size += bytes.byteLength
  }

  /** All of it is in the database but `left`. */
  clear(left: readonly Spooled[]): void {
    if (left.length === 0) {
      if (this.#size > 0) ftruncateSync(this.#descriptor, 0)
      this.#size = 0
    } else if (this.#size > roomyBytes) this.#replace(toBytes(left))
  }

  /** At any time one file is there with all that is left. */
  #replace(bytes: Uint8Array): void {
    const draft = `${this.#file}.new`
    writeFileSync(draft, bytes, { mode: 0o600 })
    const descriptor = openSync(draft, 'a')
    renameSync(draft, this.#file)
    closeSync(this.#descriptor)
    this.#descriptor = descriptor
    this.#size = bytes.byteLength
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

const toBytes = (entries: readonly Spooled[]): Uint8Array =>
  Buffer.from(entries.map(({ number, accountId, line }) => `${number} ${accountId} ${line}\n`).join(''))

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.byteLength;) written += writeSync(descriptor, bytes, written)
}
