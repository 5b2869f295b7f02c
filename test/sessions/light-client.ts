/** An MQTT 3.1.1 client for tests with a thousand of them: it keeps its session and says all that it is sent. */
import { once } from 'node:events'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import { generate, parser, type IPublishPacket, type Packet } from 'mqtt-packet'

export interface LightTarget {
  port: number
  /** Holds the client's certificate and the server's root. */
  secureContext: SecureContext
}

export class LightClient {
  readonly clientId: string
  onMessage: (packet: IPublishPacket) => void = () => {}
  onPuback: (packetId: number) => void = () => {}
  readonly #socket: TLSSocket
  readonly #waiting = new Map<string, (packet: Packet) => void>()

  private constructor(socket: TLSSocket, clientId: string) {
    this.clientId = clientId
    this.#socket = socket
    const incoming = parser({ protocolVersion: 4 })
    incoming.on('packet', (packet: Packet) => this.#take(packet))
    socket.on('data', (chunk: Buffer) => incoming.parse(chunk))
    socket.on('error', () => {}) // the server is killed
  }

  /** With a session that is kept unless it is clean. @throws {Error} when the connection ends before CONNACK */
  static async open(
    { port, secureContext }: LightTarget,
    clientId: string,
    onMessage: (packet: IPublishPacket, client: LightClient) => void = () => {},
    { clean = false } = {},
  ): Promise<{ client: LightClient; isSessionPresent: boolean }> {
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', port, secureContext })
    await once(socket, 'secureConnect')
    const client = new LightClient(socket, clientId)
    client.onMessage = (packet) => onMessage(packet, client) // messages follow CONNACK at once
    const options = { protocolVersion: 4, protocolId: 'MQTT', clean, keepalive: 600 } as const
    const connack = await client.#ask('connack', { cmd: 'connect', clientId, ...options })
    if (connack.cmd !== 'connack' || connack.returnCode !== 0) throw new Error('the server refused')
    return { client, isSessionPresent: connack.sessionPresent }
  }

  async subscribe(topic: string): Promise<void> {
    const subscriptions = [{ topic, qos: 1 as const }]
    await this.#ask('suback', { cmd: 'subscribe', messageId: 1, subscriptions })
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#ask('unsuback', { cmd: 'unsubscribe', messageId: 1, unsubscriptions: [topic] })
  }

  /** Resolves with PUBACK. */
  publishOnce(topic: string, payload: string, { retain = false } = {}): Promise<void> {
    return new Promise((resolve) => {
      this.onPuback = () => resolve()
      this.#send({ cmd: 'publish', topic, payload, messageId: 1, qos: 1, dup: false, retain })
    })
  }

  async ping(): Promise<void> {
    await this.#ask('pingresp', { cmd: 'pingreq' })
  }

  publish(topic: string, payload: string, messageId: number): void {
    this.#send({ cmd: 'publish', topic, payload, messageId, qos: 1, dup: false, retain: false })
  }

  acknowledge(messageId: number): void {
    this.#send({ cmd: 'puback', messageId })
  }

  async disconnect(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#send({ cmd: 'disconnect' })
    await closed
  }

  get isOpen(): boolean {
    return this.#socket.writable
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #send(packet: Packet): void {
    if (this.#socket.writable) this.#socket.write(generate(packet, { protocolVersion: 4 }))
  }

  #ask(answer: Packet['cmd'], packet: Packet): Promise<Packet> {
    const { promise, resolve, reject } = Promise.withResolvers<Packet>()
    this.#waiting.set(answer!, resolve)
    this.#socket.once('close', () => reject(new Error('closed')))
    this.#send(packet)
    return promise
  }

  #take(packet: Packet): void {
    if (packet.cmd === 'publish') return this.onMessage(packet)
    if (packet.cmd === 'puback') return this.onPuback(packet.messageId ?? 0)
    this.#waiting.get(packet.cmd!)?.(packet)
    this.#waiting.delete(packet.cmd!)
  }
}
