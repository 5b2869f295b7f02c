/** Two devices that do not stop knocking at one node, whatever comes of it, and remember what it accepted. */
import type { MqttClient } from 'mqtt'
import type { Device } from '../../helpers/cluster-devices.ts'
import { closed } from '../../helpers/device.ts'
import type { TestServer } from '../../helpers/server.ts'

interface Accepted {
  what: 'PUBACK' | 'CONNACK'
  /** Of `performance.now()`: when the device sent what was accepted. */
  sentAt: number
}

const publishEveryMs = 50
const knockEveryMs = 300

export class Witness implements AsyncDisposable {
  readonly certificateIds: readonly string[]
  readonly #accepted: Accepted[] = []
  readonly #node: () => TestServer
  readonly #clients = new Set<MqttClient>()
  readonly #timers: NodeJS.Timeout[]
  #publisher: MqttClient | undefined
  #isOver = false

  /** Resolves when its devices are known and one of them publishes. */
  static async begin(node: () => TestServer, publisher: Device, knocker: Device): Promise<Witness> {
    const first = await knocker.connect(node(), { clean: true })
    await first.client.endAsync()
    const witness = new Witness(node, publisher, knocker)
    witness.#publisher = (await publisher.connect(node(), { clean: true })).client
    void witness.#keepConnected(publisher)
    return witness
  }

  private constructor(node: () => TestServer, publisher: Device, knocker: Device) {
    this.#node = node
    this.certificateIds = [publisher.certificateId, knocker.certificateId]
    this.#timers = [
      setInterval(() => this.#publish(), publishEveryMs),
      setInterval(() => void this.#knock(knocker), knockEveryMs),
    ]
  }

  /** What it sent in that time, and was accepted by now. */
  acceptedOf({ from = 0, to = Number.POSITIVE_INFINITY }: { from?: number; to?: number }): string[] {
    return this.#accepted.filter(({ sentAt }) => sentAt >= from && sentAt < to).map(({ what }) => what)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    for (const timer of this.#timers) clearInterval(timer)
    for (const client of [...this.#clients, this.#publisher]) client?.end(true)
  }

  async #keepConnected(device: Device): Promise<void> {
    while (!this.#isOver) {
      if (this.#publisher) await closed(this.#publisher)
      this.#publisher = await this.#connect(device)
      if (!this.#publisher) await new Promise((done) => setTimeout(done, publishEveryMs))
    }
  }

  #publish(): void {
    const sentAt = performance.now()
    if (!this.#publisher?.connected) return
    this.#publisher.publish('foo/witness', 'here', { qos: 1 }, (error) => {
      if (!error) this.#accepted.push({ what: 'PUBACK', sentAt })
    })
  }

  async #knock(device: Device): Promise<void> {
    const client = await this.#connect(device)
    client?.end(true)
  }

  /** Undefined when it was not let in. */
  async #connect(device: Device): Promise<MqttClient | undefined> {
    const sentAt = performance.now()
    try {
      const { client } = await device.connect(this.#node(), {
        clean: true,
        connectTimeout: 20_000,
        reconnectPeriod: 0,
      })
      if (this.#isOver) client.end(true)
      this.#accepted.push({ what: 'CONNACK', sentAt })
      this.#clients.add(client)
      client.on('close', () => this.#clients.delete(client))
      return client
    } catch {
      return undefined
    }
  }
}
