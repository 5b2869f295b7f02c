/**
 * A child process: groups of publishers and receivers exchange messages for a while. A publisher sends another
 * message only when all receivers have an earlier one, so never more than `window` of its messages are under way.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { watchCpu } from './cpu.ts'
import {
  connectRaw,
  publishTemplate,
  type BenchDevice,
  type MqttVersion,
  type RawClient,
  type Template,
} from './raw-client.ts'

export interface MessageLoad {
  port: number
  /** Where the receivers are; absent: at the same server. */
  receiverPort?: number
  caFile: string
  /** File with a JSON list of `BenchDevice`. */
  devicesFile: string
  serverPid: number
  /** Processes whose CPU is told beside it, by what they are. */
  besides?: Record<string, readonly number[]>
  version: MqttVersion
  qos: 0 | 1
  groups: number
  publishersPerGroup: number
  receiversPerGroup: number
  window: number
  /** True when each message is a TLS record of its own. */
  isSingle: boolean
  payloadBytes: number
  warmUpMs: number
  measureMs: number
}

export interface MessageResult {
  /** Server CPU, user and system, a delivery. */
  microseconds: number
  /** CPU of what was asked for beside it, a delivery. */
  besides: Record<string, number>
  deliveries: number
  seconds: number
  /** Of the whole run, warm-up included. */
  lost: number
  surplus: number
  /** Published with QoS 1 and never acknowledged. */
  unacknowledged: number
}

/** Messages that all publishers of one topic have published and all its receivers have had. */
class Group {
  published = 0
  delivered = 0
  acknowledged = 0
  readonly #publishers: RawClient[]
  readonly #receiverCount: number
  readonly #load: MessageLoad
  readonly #template: Template
  #isOpen = true
  #next = 0

  constructor(
    load: MessageLoad,
    index: number,
    clients: { publishers: RawClient[]; receivers: RawClient[] },
  ) {
    const { version, qos, payloadBytes } = load
    this.#load = load
    this.#publishers = clients.publishers
    this.#receiverCount = clients.receivers.length
    this.#template = publishTemplate(topicOf(index), { qos, version, payloadBytes })
    for (const receiver of clients.receivers) receiver.onDeliveries = (count) => this.#deliver(count)
    for (const publisher of clients.publishers) publisher.onPubacks = (count) => (this.acknowledged += count)
  }

  get expected(): number {
    return this.published * this.#receiverCount
  }

  start(): void {
    for (const publisher of this.#publishers) this.#publish(publisher, this.#load.window)
  }

  stop(): void {
    this.#isOpen = false
  }

  #deliver(count: number): void {
    this.delivered += count
    if (!this.#isOpen) return
    const room = this.#load.window * this.#publishers.length - this.published
    const credits = room + Math.floor(this.delivered / this.#receiverCount)
    if (credits <= 0) return
    const share = Math.ceil(credits / this.#publishers.length)
    for (let left = credits; left > 0; left -= share) {
      this.#next = (this.#next + 1) % this.#publishers.length
      this.#publish(this.#publishers[this.#next]!, Math.min(share, left))
    }
  }

  #publish(publisher: RawClient, count: number): void {
    this.published += count
    publisher.publish(this.#template, count, this.#load.isSingle)
  }
}

const topicOf = (index: number) => `bench/room-${index}/lamp/status`

async function open(load: MessageLoad): Promise<{ groups: Group[]; clients: RawClient[] }> {
  const devices = JSON.parse(readFileSync(load.devicesFile, 'utf8')) as BenchDevice[]
  const ca = readFileSync(load.caFile, 'utf8')
  const clients: RawClient[] = []
  const connectSome = async (count: number, port: number) => {
    const target = { port, ca, groups: 'X25519' }
    const some: RawClient[] = []
    for (let index = 0; index < count; index += 1) {
      const client = await connectRaw(target, devices[clients.length]!, { version: load.version })
      some.push(client)
      clients.push(client)
    }
    return some
  }
  const groups: Group[] = []
  for (let index = 0; index < load.groups; index += 1) {
    const receivers = await connectSome(load.receiversPerGroup, load.receiverPort ?? load.port)
    for (const receiver of receivers) await receiver.subscribe(topicOf(index), load.qos)
    const publishers = await connectSome(load.publishersPerGroup, load.port)
    groups.push(new Group(load, index, { receivers, publishers }))
  }
  return { groups, clients }
}

const sum = (groups: Group[], key: 'published' | 'delivered' | 'acknowledged' | 'expected') =>
  groups.reduce((total, group) => total + group[key], 0)

/** Resolves when nothing more arrives. */
async function settle(groups: Group[], qos: 0 | 1): Promise<void> {
  for (let quiet = 0, last = -1; quiet < 10; quiet += 1) {
    const delivered = sum(groups, 'delivered')
    const isDone = delivered >= sum(groups, 'expected')
    if (isDone && (qos === 0 || sum(groups, 'acknowledged') >= sum(groups, 'published'))) break
    if (delivered !== last) quiet = 0
    last = delivered
    await pause(100)
  }
}

/** By what they are. */
function watchEach(processes: Record<string, readonly number[]>): () => Record<string, number> {
  const watched = Object.entries(processes).map(([name, pids]) => [name, watchCpu(pids)] as const)
  return () => Object.fromEntries(watched.map(([name, ms]) => [name, ms()]))
}

async function run(load: MessageLoad): Promise<MessageResult> {
  const { groups, clients } = await open(load)
  for (const group of groups) group.start()
  await pause(load.warmUpMs)
  const cpu = watchEach({ server: [load.serverPid], ...load.besides })
  const start = { delivered: sum(groups, 'delivered'), at: performance.now() }
  await pause(load.measureMs)
  const deliveries = sum(groups, 'delivered') - start.delivered
  const spent = Object.entries(cpu()).map(([name, ms]) => [name, (ms * 1000) / deliveries] as const)
  const { server: microseconds = 0, ...besides } = Object.fromEntries(spent)
  const seconds = (performance.now() - start.at) / 1000
  for (const group of groups) group.stop()
  await settle(groups, load.qos)
  const missing = sum(groups, 'expected') - sum(groups, 'delivered')
  const unacknowledged = load.qos === 0 ? 0 : sum(groups, 'published') - sum(groups, 'acknowledged')
  if (clients.some(({ isClosed }) => isClosed)) throw new Error('the server closed a connection')
  await Promise.all(clients.map((client) => client.end()))
  const lost = Math.max(0, missing)
  return { microseconds, besides, deliveries, seconds, lost, surplus: Math.max(0, -missing), unacknowledged }
}

process.on('message', (load: MessageLoad) => {
  run(load).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
