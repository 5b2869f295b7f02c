/** A client, its publisher, and what must hold between them, for commands in any order. */
import { equal, ok } from 'node:assert/strict'
import {
  accountId,
  turns,
  subscribe,
  type Run,
  type Sent,
  type TestClient,
  type TestSessions,
} from './test-sessions.ts'

export type Command =
  | { kind: 'publish'; count: number }
  | { kind: 'acknowledge'; which: number }
  | { kind: 'disconnect' }
  | { kind: 'reconnect' }
  | { kind: 'crash' }
  | { kind: 'rest' }

/** What must hold whatever happens. */
class Checked {
  /** Messages whose publisher was told that they arrived. */
  readonly accepted = new Set<string>()
  readonly #seen = new Set<string>()
  #acknowledged = new Set<string>()
  #newest = -1

  /** One PUBLISH, as the client gets it. */
  deliver({ text, isDuplicate }: Sent): void {
    if (this.#seen.has(text)) ok(isDuplicate, `${text} came again without DUP`)
    else ok(Number(text) > this.#newest, `${text} came after ${this.#newest}`)
    ok(!this.#acknowledged.has(text), `${text} came again after its acknowledgement`)
    this.#seen.add(text)
    this.#newest = Math.max(this.#newest, Number(text))
  }

  acknowledge(text: string): void {
    this.#acknowledged.add(text)
  }

  /** What was acknowledged last may not have been written: it may come again. */
  crash(): void {
    this.#acknowledged = new Set()
  }

  end(): void {
    for (const text of this.accepted) ok(this.#seen.has(text), `${text} never came`)
  }
}

export class Subject {
  readonly checked = new Checked()
  readonly #test: TestSessions
  readonly #qos: 1 | 2
  #run: Run
  #client: TestClient | undefined
  #taken = 0
  /** Sent and not acknowledged, with the packet id. */
  #open: Sent[] = []
  #next = 0

  constructor(test: TestSessions, run: Run, qos: 1 | 2) {
    this.#test = test
    this.#run = run
    this.#qos = qos
  }

  async run(next: Command): Promise<void> {
    if (next.kind === 'publish') for (let count = 0; count < next.count; count++) this.#publish()
    if (next.kind === 'acknowledge') this.#acknowledge(next.which)
    if (next.kind === 'disconnect') this.#leave()
    if (next.kind === 'reconnect') await this.#connect()
    if (next.kind === 'rest') await turns()
    if (next.kind === 'crash') await this.#crash()
    this.#take()
  }

  /** Brings everything home. */
  async finish(): Promise<void> {
    if (!this.#client) await this.#connect()
    for (let idle = 0; idle < 3;) {
      await this.#test.rest()
      this.#take()
      idle = this.#open.length === 0 ? idle + 1 : 0
      while (this.#open.length > 0) this.#acknowledge(0)
    }
    await this.#test.rest()
    this.#take()
    equal(this.#client?.session.queuedMessages, 0)
    this.checked.end()
  }

  async #connect(): Promise<void> {
    this.#leave()
    this.#client = await this.#run.connect('client', { window: 5 })
    if (!this.#client.session.hasSubscription('a')) await subscribe(this.#client, 'a', { qos: this.#qos })
  }

  #leave(): void {
    this.#take()
    this.#client?.disconnect()
    this.#client = undefined
    this.#open = []
    this.#taken = 0
  }

  #publish(): void {
    const text = String(this.#next++)
    const run = this.#run
    const accept = () => {
      if (run === this.#run) this.checked.accepted.add(text)
    }
    const durable = run.publish('a', text, { qos: this.#qos })
    if (!run.fabric.hasSubscribers(accountId, 'a')) return // nobody has subscribed yet
    if (durable) durable.then(accept, () => {})
    else accept()
  }

  /** What has come since. */
  #take(): void {
    const sent = this.#client?.sent.slice(this.#taken) ?? []
    this.#taken += sent.length
    for (const one of sent) this.checked.deliver(one)
    this.#open.push(...sent)
    const packetIds = this.#open.map(({ packetId }) => packetId)
    equal(new Set(packetIds).size, packetIds.length, 'a packet id is in use twice')
  }

  #acknowledge(which: number): void {
    const [one] = this.#open.splice(which % Math.max(this.#open.length, 1), 1)
    if (!one) return
    this.checked.acknowledge(one.text)
    if (this.#qos === 1) return this.#client?.session.answer('puback', one.packetId)
    this.#client?.session.answer('pubrec', one.packetId)
    this.#client?.session.answer('pubcomp', one.packetId)
  }

  async #crash(): Promise<void> {
    this.#take()
    this.#run.crash()
    this.#client = undefined
    this.#open = []
    this.#taken = 0
    this.checked.crash()
    const run = await this.#test.start({ sessionPageSize: 4 })
    this.#run = run
    await this.#test.rest()
  }
}
