/** The lines of an input file, one after the other, from where a task has got to. */
import { createReadStream } from 'node:fs'

export interface InputLine {
  /** From 1; blank lines count. */
  lineNumber: number
  /** Bytes before it. */
  offset: number
  /** Bytes before the next one. */
  end: number
  /** Absent for a line that is too long. */
  text?: string
}

/** Source: the length that AWS's guide gives for a line. */
export const maxLineBytes = 256 * 1024
const newline = 0x0a

/** A last line without a newline is one too; blank ones are left out. */
export async function* readLines(
  path: string,
  from: { offset: number; lineNumber: number },
): AsyncGenerator<InputLine> {
  const reading = new Reading(from)
  for await (const chunk of createReadStream(path, { start: from.offset }) as AsyncIterable<Buffer>) {
    let begin = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, begin)) {
      reading.add(chunk.subarray(begin, end))
      const line = reading.finish(1)
      if (line) yield line
      begin = end + 1
    }
    reading.add(chunk.subarray(begin))
  }
  const last = reading.finish(0)
  if (last) yield last
}

class Reading {
  #parts: Buffer[] = []
  #bytes = 0
  #offset: number
  #lineNumber: number

  constructor({ offset, lineNumber }: { offset: number; lineNumber: number }) {
    this.#offset = offset
    this.#lineNumber = lineNumber
  }

  add(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes <= maxLineBytes) this.#parts.push(part)
    else this.#parts = [] // of no use any more
  }

  /** Undefined for a blank line. */
  finish(terminatorBytes: number): InputLine | undefined {
    const bytes = this.#bytes
    const text = bytes > maxLineBytes ? undefined : Buffer.concat(this.#parts).toString()
    const offset = this.#offset
    const end = offset + bytes + terminatorBytes
    const line = { lineNumber: this.#lineNumber, offset, end, ...(text !== undefined && { text }) }
    this.#parts = []
    this.#bytes = 0
    this.#offset = end
    this.#lineNumber += 1
    return text?.trim() === '' ? undefined : line
  }
}
