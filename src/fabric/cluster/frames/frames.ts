/**
 * What nodes hear of each other's clients: messages, in one frame a turn of the event loop and node, and claims of client ids, which
 * wait some milliseconds for company.
 */
import type { Log } from '../../../lib/log.ts'
import type { Bus } from '../bus.ts'
import { ownWire } from '../wire.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { readEntry, writeEntry } from './entry-bytes.ts'
import type { Entry } from './entry.ts'

export interface FramesDeps {
  bus: Pick<Bus, 'sendFrame' | 'onFrame' | 'maxFrame'>
  log: Pick<Log, 'error'>
  hear: (entry: Entry) => void
  /** In which others are spoken to. */
  form: () => number
  /** How long claims wait; 20 unless told. */
  patienceMs?: number
}

/** What is on its way to one node. */
interface Lane {
  nodeName: string
  bytes: Buffer
  end: number
  entries: number
  /** All that it has may wait. */
  isPatient: boolean
}

const formBytes = 1
const lengthBytes = 4
const firstLaneBytes = 4096
/** So that a burst goes in several frames, and nobody waits for the last of it. */
const fullFrame = 256 * 1024
/** A frame costs both nodes a call of the kernel and a code; that a client is gone elsewhere is soon enough then. */
const patienceMs = 20
const sayEveryMs = 10_000

export class Frames {
  readonly #deps: FramesDeps
  readonly #writer = new ByteWriter()
  readonly #lanes = new Map<string, Lane>()
  /** With something to send. */
  #filled: Lane[] = []
  /** Runs while some lane is patient. */
  #patience: NodeJS.Timeout | undefined
  #lost = 0
  #saidLostAt = Number.NEGATIVE_INFINITY
  #saidUnknownAt = Number.NEGATIVE_INFINITY

  constructor(deps: FramesDeps) {
    this.#deps = deps
    deps.bus.onFrame((frame) => {
      const form = frame[0] ?? 0
      if (form < ownWire.from || form > ownWire.to) return this.#sayUnknown(form)
      const entries = readFrame(frame)
      if (!entries) return this.#sayUnknown(form)
      for (const entry of entries) deps.hear(entry)
    })
  }

  /** Copied at once: what it holds may be part of a buffer that others use. One node hears all in the order of the calls. */
  add(entry: Entry, nodeNames: readonly string[]): void {
    if (nodeNames.length === 0) return
    this.#writer.begin()
    writeEntry(this.#writer, entry)
    const { written } = this.#writer
    const isPatient = 'claim' in entry
    for (const nodeName of nodeNames) this.#put(nodeName, written, isPatient)
  }

  /** Of a node that is gone nothing is kept. */
  retain(nodeNames: ReadonlySet<string>): void {
    for (const [nodeName, { entries }] of this.#lanes)
      if (entries === 0 && !nodeNames.has(nodeName)) this.#lanes.delete(nodeName)
  }

  #put(nodeName: string, content: Uint8Array, isPatient: boolean): void {
    const lane = this.#laneOf(nodeName)
    const size = lengthBytes + content.length
    const room = this.#deps.bus.maxFrame
    if (formBytes + size > room) return this.#lose(1)
    if (lane.end + size > room) this.#flush(lane)
    if (lane.entries === 0 || (lane.isPatient && !isPatient)) this.#plan(lane, isPatient)
    reserve(lane, size)
    lane.bytes.writeUInt32BE(content.length, lane.end)
    lane.bytes.set(content, lane.end + lengthBytes)
    lane.end += size
    lane.entries++
    if (lane.end >= fullFrame) this.#flush(lane)
  }

  #laneOf(nodeName: string): Lane {
    let lane = this.#lanes.get(nodeName)
    if (!lane) {
      lane = {
        nodeName,
        bytes: Buffer.allocUnsafe(firstLaneBytes),
        end: formBytes,
        entries: 0,
        isPatient: false,
      }
      this.#lanes.set(nodeName, lane)
    }
    return lane
  }

  #plan(lane: Lane, isPatient: boolean): void {
    lane.isPatient = isPatient
    if (isPatient) {
      if (this.#patience) return
      const waitMs = this.#deps.patienceMs ?? patienceMs
      this.#patience = setTimeout(() => this.#flushPatient(), waitMs).unref()
      return
    }
    if (this.#filled.push(lane) > 1) return
    setImmediate(() => {
      const filled = this.#filled
      this.#filled = []
      for (const each of filled) this.#flush(each)
    })
  }

  #flushPatient(): void {
    this.#patience = undefined
    for (const lane of this.#lanes.values()) if (lane.isPatient) this.#flush(lane)
  }

  #flush(lane: Lane): void {
    const { nodeName, bytes, end, entries } = lane
    if (entries === 0) return
    lane.end = formBytes
    lane.entries = 0
    bytes[0] = this.#deps.form()
    if (!this.#deps.bus.sendFrame(bytes.subarray(0, end), nodeName)) this.#lose(entries)
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

function reserve(lane: Lane, size: number): void {
  if (lane.end + size <= lane.bytes.length) return
  const larger = Buffer.allocUnsafe(2 * (lane.end + size))
  lane.bytes.copy(larger, 0, 0, lane.end)
  lane.bytes = larger
}

/** Undefined when it is not what its form says. */
function readFrame(frame: Uint8Array): Entry[] | undefined {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  const entries: Entry[] = []
  try {
    for (let at = formBytes; at < bytes.length;) {
      const start = at + lengthBytes
      const end = start + bytes.readUInt32BE(at)
      const entry = readEntry(new ByteReader(bytes, start, end))
      if (entry) entries.push(entry)
      at = end
    }
  } catch (cause) {
    if (cause instanceof RangeError) return undefined
    throw cause
  }
  return entries
}
