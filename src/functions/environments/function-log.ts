/** One log stream of an execution environment, and the end of what the current invocation wrote. */
import { randomBytes } from 'node:crypto'
import type { FunctionVersion } from '../registry/function-version.ts'
import { logGroupOf } from '../registry/function-version.ts'

/** Where log events go; never waits. */
export type AppendLog = (batch: {
  accountId: string
  logGroupName: string
  logStreamName: string
  events: { timestamp: Date; message: string }[]
}) => void

/** Bytes of the log that a caller may ask for (Lambda API Reference, "Invoke", LogType). */
const tailBytes = 4096
/** A log event of CloudWatch Logs has at most 256 KB. */
const maxMessageLength = 200_000
/** Characters that one invocation may log; what is more is dropped. */
const maxInvocationLength = 16 * 1024 * 1024

export class FunctionLog {
  readonly logGroupName: string
  readonly logStreamName: string
  readonly #accountId: string
  readonly #append: AppendLog
  readonly #now: () => Date
  #tail = ''
  #length = 0

  constructor(version: FunctionVersion, append: AppendLog, now: () => Date) {
    const day = now().toISOString().slice(0, 10).replaceAll('-', '/')
    this.logGroupName = logGroupOf(version)
    this.logStreamName = `${day}/[${version.version}]${randomBytes(16).toString('hex')}`
    this.#accountId = version.accountId
    this.#append = append
    this.#now = now
  }

  /** `message` without a line end, which Lambda adds. */
  write(message: string): void {
    this.#length += message.length
    if (this.#length > maxInvocationLength) return
    const line = `${message.slice(0, maxMessageLength)}\n`
    this.#tail = (this.#tail + line).slice(-tailBytes)
    const { logGroupName, logStreamName } = this
    const events = [{ timestamp: this.#now(), message: line }]
    this.#append({ accountId: this.#accountId, logGroupName, logStreamName, events })
  }

  /** Begins the log of another invocation. */
  begin(): void {
    this.#tail = ''
    this.#length = 0
  }

  /** At most 4 KB: the end of what the invocation logged. */
  tail(): Uint8Array {
    return Buffer.from(this.#tail).subarray(-tailBytes)
  }
}

/** Cuts a stream of bytes into lines and hands each on without its end. */
export function splitLines(take: (line: string) => void): { push: (chunk: Buffer) => void; end: () => void } {
  let rest = Buffer.alloc(0)
  return {
    push(chunk) {
      let bytes = rest.byteLength > 0 ? Buffer.concat([rest, chunk]) : chunk
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
        take(bytes.subarray(0, end).toString())
        bytes = bytes.subarray(end + 1)
      }
      rest = Buffer.from(bytes)
      if (rest.byteLength > maxMessageLength) this.end()
    },
    end() {
      if (rest.byteLength > 0) take(rest.toString())
      rest = Buffer.alloc(0)
    },
  }
}
