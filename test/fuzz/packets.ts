/** Spoilt packets through the real codec, connections, sessions, and handlers, without a network. */
import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { openTestMessages } from '../../src/messaging/data-plane/testing/test-messages.ts'
import { createLocalFabric } from '../../src/fabric/in-process/index.ts'
import type { DeviceAuthorization } from '../../src/gateway/ports/authorization.ts'
import { defaultLimits } from '../../src/gateway/ports/limits.ts'
import { unlimitedRates } from './unlimited-rates.ts'
import { MqttServer } from '../../src/gateway/ports/mqtt/mqtt-server.ts'
import { profiles, type ProfileName } from '../../src/gateway/ports/profile.ts'
import { openSessions } from '../../src/messaging/sessions/index.ts'
import { cut, nextPacket, randomFrom, type Random } from './mutate.ts'
import { checkHeap, heapBytes, inMebibytes, within } from './report.ts'

const accountId = '123456789012'
const peer = { accountId, sourceIp: '127.0.0.1', certificateId: 'c', der: Buffer.from('x') }

/** The other end of a connection; what the server writes is counted and thrown away. */
class Client extends Duplex {
  received = 0

  constructor() {
    super({ allowHalfOpen: false }) // as sockets are
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.received += chunk.length
    done()
  }
}

/** A third of the topics is denied to each client. */
const authorization = (): DeviceAuthorization => ({
  version: 1,
  canRemember: true,
  decide: (_action, resource) =>
    ({ effect: resource.length % 3 === 0 ? 'implicit-deny' : 'allow', variables: {} }) as never,
  onChanged: () => ({ [Symbol.dispose]: () => {} }),
  [Symbol.dispose]: () => {},
})

interface Failures {
  errors: unknown[]
}

async function openServer(name: ProfileName, { errors }: Failures) {
  const profile = profiles[name]
  const { doesHashMatchParent } = profile
  const onError = (cause: unknown) => void errors.push(cause)
  const now = () => new Date()
  const log = { error: (...all: unknown[]) => void errors.push(all) }
  const fabric = createLocalFabric({ doesHashMatchParent, onError })
  const messages = await openTestMessages({ fabric, now })
  const { store } = messages
  const publish = messages.publish.bind(messages)
  const common = { fabric, now, log, random: () => 0, publish, onDropped: () => {} }
  const sessions = await openSessions({ ...common, store, doesHashMatchParent })
  const server = new MqttServer({
    region: 'us-east-1',
    admit: async () => ({ action: 'accept', certificate: {} as never }),
    openAuthorization: async () => authorization(),
    certificateStatus: async () => 'ACTIVE',
    limits: { ...defaultLimits, ...profile.limits, ...unlimitedRates },
    profile,
    refusals: name === 'aws' ? 'silent' : 'explain',
    fabric,
    messages,
    sessions,
    record: () => {},
    recordStranger: () => {},
    log,
    now,
  })
  return {
    server,
    async [Symbol.asyncDispose]() {
      server[Symbol.dispose]()
      await sessions[Symbol.asyncDispose]()
      await messages[Symbol.asyncDispose]()
    },
  }
}

/** One connection's worth; gives the number of packets that came before its end. */
async function talk(server: MqttServer, random: Random): Promise<number> {
  const client = new Client()
  client.on('error', () => {})
  const first = random(10) === 0 ? nextPacket(random) : connectOf(random)
  const connection = server.take(client, peer, first)
  client.resume()
  let sent = 1
  for (let left = 20 + random(60); left > 0; left--) {
    if (random(10) === 0) await setImmediate()
    if (connection.state === 'closed') break
    for (const piece of cut(nextPacket(random), random)) client.push(piece)
    sent++
  }
  client.push(null)
  if (!client.destroyed) await new Promise<void>((resolve) => void client.once('close', resolve))
  return sent
}

const connects = [4, 5].map((version) => (id: number, flags: number) => {
  const name = Buffer.from(`f${id}`)
  const properties = version === 5 ? [5, 0x11, 0, 0, 0, id % 7] : []
  const body = [0, 4, 0x4d, 0x51, 0x54, 0x54, version, flags, 0, 60, ...properties, 0, name.length, ...name]
  return Buffer.from([0x10, body.length, ...body])
})

function connectOf(random: Random): Buffer {
  return connects[random(2)]?.(random(40), random(2) * 2) ?? Buffer.alloc(0)
}

async function talkMany(server: MqttServer, packets: number, random: Random): Promise<void> {
  let sent = 0
  while (sent < packets) {
    const seeds = Array.from({ length: 8 }, () => random(2 ** 31))
    const each = seeds.map((seed) => talk(server, randomFrom(seed)))
    const counts = await within(20, `a connection among seeds ${seeds.join(' ')}`, Promise.all(each))
    sent += counts.reduce((sum, one) => sum + one, 0)
  }
  await within(20, 'closing', closed(server))
}

async function closed(server: MqttServer): Promise<void> {
  while (server.connectionCount > 0) await setImmediate()
}

async function fuzzProfile(name: ProfileName, packets: number, random: Random): Promise<void> {
  const failures: Failures = { errors: [] }
  await using opened = await openServer(name, failures)
  const { server } = opened
  await talkMany(server, Math.min(packets / 5, 50_000), random)
  const before = heapBytes()
  const start = performance.now()
  await talkMany(server, packets, random)
  const seconds = (performance.now() - start) / 1000
  const after = heapBytes()
  if (failures.errors.length > 0)
    throw new Error(`${failures.errors.length} errors`, { cause: failures.errors[0] })
  console.log(
    `${name}: ${packets} packets in ${seconds.toFixed(1)} s, ${server.connectionCount} connections and ` +
      `${server.clientCount} clients left, heap ${inMebibytes(before)} -> ${inMebibytes(after)}`,
  )
  if (server.connectionCount + server.clientCount > 0) throw new Error('connections are left')
  checkHeap(before, after)
}

/** Throws on anything that breaks; prints what was done. */
export async function fuzzPackets(packets = 1_000_000, seed: number): Promise<void> {
  console.log(`packets: ${packets}, seed ${seed}`)
  const random = randomFrom(seed)
  for (const name of ['aws', 'standard'] as const) await fuzzProfile(name, packets / 2, random)
}
