/** A client, its publisher, and what must hold between them, for commands in any order. */
import { equal, ok } from 'node:assert/strict'
import {
  accountId,
  subscribe,
  turns,
  type Run,
  type Sent,
  type TestClient,
  type TestSessions,
} from './test-sessions.ts'

export type Command =
  | { kind: 'publish'; count: number }
  | { kind: 'acknowledge'; which: number }
  | { kind: 'disconnect' | 'reconnect' | 'crash' | 'rest' }
  | { kind: 'unsubscribe' | 'clean' | 'expire' | 'break' | 'mend' }

/** What the client remembers, and what its application was given. */
class Device {
  readonly #qos: 1 | 2
  /** Messages whose publisher was told that they arrived, and that were wanted. */
  readonly accepted = new Set<string>()
  readonly #seen = new Set<string>()
  /** Acknowledged with QoS 1: they must not come again. */
  readonly #acknowledged = new Set<string>()
  /** QoS 2, by packet id, until they are released. */
  readonly #received = new Map<number, string>()
  #newest = -1

  constructor(qos: 1 | 2) {
    this.#qos = qos
  }

  /** One PUBLISH, as the client gets it. */
  take({ text, isDuplicate, packetId }: Sent): void {
    if (this.#seen.has(text)) ok(isDuplicate, `${text} came again without DUP`)
    else ok(Number(text) > this.#newest, `${text} came after ${this.#newest}`)
    ok(!this.#acknowledged.has(text), `${text} came again after its acknowledgement`)
    if (this.#qos === 2) this.#takeOnce(text, packetId)
    this.#seen.add(text)
    this.#newest = Math.max(this.#newest, Number(text))
  }

  acknowledge(text: string): void {
    if (this.#qos === 1) this.#acknowledged.add(text)
  }

  release(packetId: number): void {
    this.#received.delete(packetId)
  }

  /** What was acknowledged last may not have been written: with QoS 1 it may come again. */
  crash(): void {
    this.#acknowledged.clear()
  }

  /** Its session is another one: nothing that was published before may come. */
  forget(next: number): void {
    this.accepted.clear()
    this.#received.clear()
    this.#newest = next - 1
    this.#seen.clear()
  }

  end(): void {
    for (const text of this.accepted) ok(this.#seen.has(text), `${text} never came`)
  }

  #takeOnce(text: string, packetId: number): void {
    const held = this.#received.get(packetId)
    if (held === undefined) ok(!this.#seen.has(text), `the application would see ${text} twice`)
    else equal(text, held, 'a packet id came with another message')
    this.#received.set(packetId, text)
  }
}

/** What the client has not answered. */
type Open = { kind: 'message'; sent: Sent } | { kind: 'release'; packetId: number }

export class Subject {
  readonly #device: Device
  readonly #test: TestSessions
  readonly #qos: 1 | 2
  #run: Run
  #client: TestClient | undefined
  #takenMessages = 0
  #takenReleases = 0
  #open: Open[] = []
  #next = 0

  constructor(test: TestSessions, run: Run, qos: 1 | 2) {
    this.#test = test
    this.#run = run
    this.#qos = qos
    this.#device = new Device(qos)
  }

  async run(next: Command): Promise<void> {
    if (next.kind === 'publish') for (let count = 0; count < next.count; count++) this.#publish()
    if (next.kind === 'acknowledge') this.#acknowledge(next.which)
    if (next.kind === 'disconnect') this.#leave()
    if (next.kind === 'reconnect') await this.#connect()
    if (next.kind === 'rest') await turns()
    if (next.kind === 'crash') await this.#crash()
    if (next.kind === 'unsubscribe') await this.#client?.session.unsubscribe('a').durable?.catch(() => {})
    if (next.kind === 'clean') await this.#clean()
    if (next.kind === 'expire') await this.#expire()
    if (next.kind === 'break' || next.kind === 'mend') this.#run.breakDisk(next.kind === 'break')
    this.#take()
  }

  /** Brings everything home. */
  async finish(): Promise<void> {
    this.#run.breakDisk(false)
    this.#run.sessions.sweep()
    for (let idle = 0; idle < 3;) {
      if (!this.#client) await this.#connect()
      await this.#test.rest()
      this.#take()
      idle = this.#open.length === 0 ? idle + 1 : 0
      while (this.#open.length > 0) this.#acknowledge(0)
    }
    await this.#test.rest()
    this.#take()
    equal(this.#client?.session.queuedMessages, 0)
    this.#device.end()
    const left = await this.#test.store.read.selectFrom('session_messages').select('seq').execute()
    equal(left.length, 0, 'messages are left behind')
  }

  async #connect(options: { isCleanStart?: boolean } = {}): Promise<void> {
    this.#leave()
    try {
      const client = await this.#run.connect('client', { window: 5, ...options })
      if (!client.isPresent) this.#device.forget(this.#next)
      this.#client = client
      if (!client.session.hasSubscription('a')) await subscribe(client, 'a', { qos: this.#qos })
    } catch {
      this.#leave() // as the gateway does when the disk is broken
    }
  }

  #leave(): void {
    this.#take()
    this.#client?.disconnect()
    this.#hangUp()
  }

  #hangUp(): void {
    this.#client = undefined
    this.#open = []
    this.#takenMessages = this.#takenReleases = 0
  }

  #publish(): void {
    const text = String(this.#next++)
    const run = this.#run
    const isWanted = run.fabric.hasSubscribers(accountId, 'a')
    const { accepted } = this.#device
    const session = run.sessions.find(accountId, 'client')
    const accept = () => {
      if (run === this.#run && session === run.sessions.find(accountId, 'client')) accepted.add(text)
    }
    const durable = run.publish('a', text, { qos: this.#qos })
    if (!isWanted) return // nobody has subscribed yet
    if (durable) durable.then(accept, () => {})
    else accept()
  }

  /** What has come since. */
  #take(): void {
    const messages = this.#client?.sent.slice(this.#takenMessages) ?? []
    this.#takenMessages += messages.length
    for (const sent of messages) {
      this.#device.take(sent)
      this.#open.push({ kind: 'message', sent })
    }
    const releases = this.#client?.releases.slice(this.#takenReleases) ?? []
    this.#takenReleases += releases.length
    for (const packetId of releases) this.#open.push({ kind: 'release', packetId })
    const packetIds = this.#open.flatMap((one) => (one.kind === 'message' ? [one.sent.packetId] : []))
    equal(new Set(packetIds).size, packetIds.length, 'a packet id is in use twice')
    if (this.#client?.hasFailed() || this.#client?.hasGivenUp()) this.#hangUp() // the server has closed it
  }

  #acknowledge(which: number): void {
    const [one] = this.#open.splice(which % Math.max(this.#open.length, 1), 1)
    const session = this.#client?.session
    if (!one || !session) return
    if (one.kind === 'release') {
      this.#device.release(one.packetId)
      session.answer('pubcomp', one.packetId)
    } else {
      this.#device.acknowledge(one.sent.text)
      session.answer(this.#qos === 1 ? 'puback' : 'pubrec', one.sent.packetId)
    }
  }

  async #clean(): Promise<void> {
    await this.#connect({ isCleanStart: true })
    await this.#connect()
  }

  async #expire(): Promise<void> {
    this.#leave()
    this.#test.clock.now = new Date(this.#test.clock.now.getTime() + 3_600_001)
    await this.#connect()
  }

  async #crash(): Promise<void> {
    this.#take()
    this.#run.crash()
    this.#hangUp()
    this.#device.crash()
    this.#run = await this.#test.start({ sessionPageSize: 4 })
    await this.#test.rest()
  }
}
