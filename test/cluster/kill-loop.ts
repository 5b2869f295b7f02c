/**
 * Something bad happens to a cluster of two nodes again and again, unless told otherwise one of them is killed, while
 * numbered messages of QoS 1 go to sessions that outlive their connections, whose clients come back at whichever node
 * lets them in.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openDevices, type Connected, type Device } from '../helpers/cluster-devices.ts'
import type { TestCluster } from '../helpers/cluster.ts'
import { closed } from '../helpers/device.ts'
import { patienceMs } from '../helpers/patience.ts'
import type { ServerProcess } from '../helpers/server.ts'

export interface KillLoop {
  cluster: TestCluster
  /** What happens each time, to nodes of which each is replaced by what is started in its place. Resolves with what it was. */
  disturb?: (nodes: ServerProcess[], time: number) => Promise<string>
  kills: number
  subscribers: number
  publishers: number
  say?: (text: string) => void
}

export interface KillOutcome {
  acknowledged: number
  /** Each that was acknowledged and did not come, with the subscriber that lacks it. */
  missing: string[]
  /** Each that came for the first time after a later one of the same publisher. */
  outOfOrder: string[]
  /** How often a message came more than once. */
  repeated: number
  /** How often a subscriber came back to a session that was not there. */
  absentSessions: number
}

export const nodeNames = ['a', 'b'] as const
const topic = 'foo/all'
const againMs = 50

export async function runKillLoop({
  cluster,
  disturb = (nodes, time) => killNode(nodes, time % nodes.length),
  kills,
  subscribers,
  publishers,
  say = () => {},
}: KillLoop): Promise<KillOutcome> {
  const nodes = await Promise.all(nodeNames.map((name) => startAgain(cluster, name)))
  const deviceOf = await openDevices(nodes[0]!, 'loop')
  const fleet = new Fleet(nodes)
  const listening = Array.from(
    { length: subscribers },
    (_, at) => new Subscriber(deviceOf(`subscriber-${at}`)),
  )
  await Promise.all(listening.map((one) => one.begin(fleet)))
  const sending = Array.from(
    { length: publishers },
    (_, at) => new Publisher(deviceOf(`publisher-${at}`), at),
  )
  const running = Promise.all([...listening, ...sending].map((one) => one.run(fleet)))
  const keeper = keepUp(cluster, nodes)
  for (let kill = 0; kill < kills; kill++) {
    await goOn(sending)
    const what = await disturb(nodes, kill)
    say(`${what}: ${sending.map(({ acknowledged }) => acknowledged).join(', ')} acknowledged`)
  }
  await goOn(sending)
  fleet.isOver = true
  for (const one of sending) await one.stop()
  await settle(listening, sending)
  for (const one of listening) await one.stop()
  await running
  await keeper[Symbol.asyncDispose]()
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))
  return judge(listening, sending)
}

async function killNode(nodes: ServerProcess[], at: number): Promise<string> {
  const killed = nodes[at]!
  await killed.kill()
  while (nodes[at] === killed) await wait(againMs)
  return `killed ${nodeNames[at]}`
}

/** As a service manager does, also for a node that ends by itself later, as it could not renew its lease. */
function keepUp(cluster: TestCluster, nodes: ServerProcess[]): AsyncDisposable {
  let isOver = false
  const keep = async () => {
    while (!isOver) {
      await startEnded(cluster, nodes)
      await wait(againMs)
    }
  }
  const kept = keep()
  kept.catch(() => {}) // told below
  return {
    async [Symbol.asyncDispose]() {
      isOver = true
      await kept
    },
  }
}

/** PostgreSQL as if its machine had lost its power; nodes outlive it if it is back soon. */
export async function killPostgres(cluster: TestCluster): Promise<string> {
  await cluster.postgres.kill()
  await cluster.postgres.start()
  return 'killed PostgreSQL'
}

/** Those that could not renew their lease. */
export async function startEnded(cluster: TestCluster, nodes: ServerProcess[]): Promise<string[]> {
  const ended: string[] = []
  for (const [at, name] of nodeNames.entries()) {
    const { exitCode, signalCode } = nodes[at]!.process
    if (exitCode === null && signalCode === null) continue
    nodes[at] = await startAgain(cluster, name)
    ended.push(name)
  }
  return ended
}

/** As a service manager starts it: on a busy machine a node may lose its lease, also while it starts. */
export async function startAgain(cluster: TestCluster, name: string): Promise<ServerProcess> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return await cluster.startNode(name)
    } catch (cause) {
      if (performance.now() > giveUpAt) throw cause
    }
  }
}

/** Until each publisher has had so many more acknowledged, however long nodes take to start. */
async function goOn(sending: readonly Publisher[]): Promise<void> {
  const wanted = sending.map(({ acknowledged }) => acknowledged + 15)
  const giveUpAt = performance.now() + patienceMs
  while (sending.some(({ acknowledged }, at) => acknowledged < wanted[at]!)) {
    if (performance.now() > giveUpAt) throw new Error('publishers hear of no acknowledgement any more')
    await wait(againMs)
  }
}

/** Half a minute at most for what is still on its way. */
async function settle(listening: readonly Subscriber[], sending: readonly Publisher[]): Promise<void> {
  const giveUpAt = performance.now() + 30_000
  while (judge(listening, sending).missing.length > 0 && performance.now() < giveUpAt) await wait(againMs)
}

function judge(listening: readonly Subscriber[], sending: readonly Publisher[]): KillOutcome {
  const numbers = sending.flatMap(({ name, acknowledged }) =>
    Array.from({ length: acknowledged }, (_, number) => `${name}:${number}`),
  )
  return {
    acknowledged: numbers.length,
    missing: listening.flatMap((one) =>
      numbers.filter((number) => !one.heard.has(number)).map((number) => `${one.name} lacks ${number}`),
    ),
    outOfOrder: listening.flatMap(({ outOfOrder }) => outOfOrder),
    repeated: listening.reduce((sum, { repeated }) => sum + repeated, 0),
    absentSessions: listening.reduce((sum, { absentSessions }) => sum + absentSessions, 0),
  }
}

class Fleet {
  isOver = false
  readonly #nodes: ServerProcess[]
  #turn = 0

  /** Whoever is killed is replaced in `nodes`. */
  constructor(nodes: ServerProcess[]) {
    this.#nodes = nodes
  }

  /** At one node, else at the other, until one lets it in. */
  async connect(device: Device, options: { clean: boolean }): Promise<Connected> {
    for (;;) {
      const node = this.#nodes[this.#turn++ % this.#nodes.length]!
      try {
        return await device.connect(node, options)
      } catch {
        await wait(againMs)
      }
    }
  }
}

class Subscriber {
  readonly name: string
  readonly heard = new Map<string, number>()
  readonly outOfOrder: string[] = []
  repeated = 0
  absentSessions = 0
  readonly #device: Device
  readonly #newest = new Map<string, number>()
  #current: Connected | undefined
  #isStopped = false

  constructor(device: Device) {
    this.#device = device
    this.name = device.name
  }

  async begin(fleet: Fleet): Promise<void> {
    this.#current = await this.#connect(fleet)
    await this.#current.client.subscribeAsync(topic, { qos: 1 })
  }

  async run(fleet: Fleet): Promise<void> {
    while (!this.#isStopped) {
      if (this.#current) await Promise.race([closed(this.#current.client), wait(1000 + 2000 * Math.random())])
      if (this.#isStopped) return
      const before = this.#current
      if (before?.client.connected && Math.random() < 0.5) before.client.end(true) // without a word, too
      this.#current = await this.#connect(fleet)
      if (!this.#current.isPresent) this.absentSessions++
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#current?.client.endAsync(true)
  }

  #connect(fleet: Fleet): Promise<Connected> {
    return fleet.connect(
      { ...this.#device, connect: (node, options) => this.#connectTo(node, options) },
      { clean: false },
    )
  }

  #connectTo(...given: Parameters<Device['connect']>): Promise<Connected> {
    return this.#device.connect(given[0], given[1], (text) => this.#hear(text))
  }

  #hear(text: string): void {
    const count = (this.heard.get(text) ?? 0) + 1
    this.heard.set(text, count)
    if (count > 1) return void this.repeated++
    const [publisher = '', number = ''] = text.split(':')
    if (Number(number) < (this.#newest.get(publisher) ?? -1)) this.outOfOrder.push(`${this.name}: ${text}`)
    this.#newest.set(publisher, Math.max(Number(number), this.#newest.get(publisher) ?? -1))
  }
}

/** One message after the other; what was not acknowledged is sent again. */
class Publisher {
  readonly name: string
  acknowledged = 0
  readonly #device: Device
  #stopped = Promise.withResolvers<void>()

  constructor(device: Device, at: number) {
    this.#device = device
    this.name = String(at)
  }

  async run(fleet: Fleet): Promise<void> {
    while (!fleet.isOver) {
      const { client } = await fleet.connect(this.#device, { clean: true })
      const gone = closed(client).then(() => 'gone')
      while (client.connected && !fleet.isOver) {
        const published = client.publishAsync(topic, `${this.name}:${this.acknowledged}`, { qos: 1 })
        const outcome = await Promise.race([published.then(() => 'acknowledged').catch(() => 'gone'), gone])
        if (outcome === 'gone') break
        this.acknowledged++
      }
      client.end(true)
    }
    this.#stopped.resolve()
  }

  stop(): Promise<void> {
    return this.#stopped.promise
  }
}
