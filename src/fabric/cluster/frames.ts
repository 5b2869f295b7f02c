/** What nodes must hear of each other's clients at once, in one frame a turn of the event loop: messages, and claims of client ids. */
import { deserialize, serialize } from 'node:v8'
import type { Message, Shares } from '../in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Bus } from './bus.ts'
import { ownWire } from './wire.ts'

/** A client has connected. Of two claims of one client id the one with the higher number counts, else the later name. */
export interface Claim {
  accountId: string
  clientId: string
  number: number
  nodeName: string
}

/** `isShared`: for members of those groups alone. Nodes of a later version may send other ones, too. */
export type Entry = { message: Message; shares?: Shares; isShared?: true } | { claim: Claim }

export interface FramesDeps {
  bus: Pick<Bus, 'sendFrame' | 'onFrame' | 'maxFrame'>
  log: Pick<Log, 'error'>
  hear: (entry: Entry) => void
  /** In which others are spoken to. */
  form: () => number
}

const formBytes = 1
const lengthBytes = 4
/** So that a burst goes in several frames, and nobody waits for the last of it. */
const fullFrame = 256 * 1024
const sayEveryMs = 10_000

export class Frames {
  readonly #deps: FramesDeps
  #parts: Uint8Array[] = []
  #bytes = 0
  #lost = 0
  #saidLostAt = Number.NEGATIVE_INFINITY
  #saidUnknownAt = Number.NEGATIVE_INFINITY

  constructor(deps: FramesDeps) {
    this.#deps = deps
    deps.bus.onFrame((frame) => {
      const form = frame[0] ?? 0
      if (form < ownWire.from || form > ownWire.to) return this.#sayUnknown(form)
      for (const entry of entriesOf(frame)) deps.hear(entry)
    })
  }

  /** Copied at once: what it holds may be part of a buffer that others use. */
  add(entry: Entry): void {
    const content = serialize(entry)
    const size = lengthBytes + content.length
    const room = this.#deps.bus.maxFrame - formBytes
    if (size > room) return this.#lose(1)
    if (this.#bytes + size > room) this.#flush()
    if (this.#parts.length === 0) setImmediate(() => this.#flush())
    const length = Buffer.allocUnsafe(lengthBytes)
    length.writeUInt32BE(content.length)
    this.#parts.push(length, content)
    this.#bytes += size
    if (this.#bytes >= fullFrame) this.#flush()
  }

  #flush(): void {
    if (this.#parts.length === 0) return
    const parts = this.#parts
    this.#parts = []
    this.#bytes = 0
    if (!this.#deps.bus.sendFrame(Buffer.concat([Buffer.of(this.#deps.form()), ...parts])))
      this.#lose(parts.length / 2)
  }

  #lose(count: number): void {
    this.#lost += count
    if (performance.now() - this.#saidLostAt < sayEveryMs) return
    this.#saidLostAt = performance.now()
    this.#deps.log.error(
      { messages: this.#lost },
      'messages did not pass to other nodes: NATS is away, or they are larger than its max_payload',
    )
    this.#lost = 0
  }

  /** Of a node that began to speak so before it heard of this one, or that is no member any more. */
  #sayUnknown(form: number): void {
    if (performance.now() - this.#saidUnknownAt < sayEveryMs) return
    this.#saidUnknownAt = performance.now()
    this.#deps.log.error(
      { form, known: ownWire },
      'messages of another node are of another version, and were passed over',
    )
  }
}

function* entriesOf(frame: Uint8Array): Generator<Entry> {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  for (let at = formBytes; at < bytes.length;) {
    const end = at + lengthBytes + bytes.readUInt32BE(at)
    yield deserialize(bytes.subarray(at + lengthBytes, end)) as Entry
    at = end
  }
}
