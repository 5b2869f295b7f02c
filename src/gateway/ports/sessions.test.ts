import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import type { Message } from '../../fabric/in-process/index.ts'
import {
  accountId,
  connectPacket,
  device,
  packet,
  serverRoot,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from './testing/test-gateway.ts'

let gateway: TestGateway
afterEach(() => gateway[Symbol.asyncDispose]())

const start = async (options?: TestGatewayOptions) => void (gateway = await startTestGateway(options))

const publish = async (topic: string, text: string, more: Partial<Message> = {}) =>
  gateway.fabric.publish({
    accountId,
    topic,
    payload: Buffer.from(text),
    qos: 1,
    retain: false,
    ...more,
  })

interface Heard {
  client: MqttClient
  texts: string[]
  /** Resolves once so many messages came. */
  atLeast: (count: number) => Promise<string[]>
}

const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => void client.once('close', () => resolve()))

/** Keeps its session unless told otherwise. */
async function connect(clientId: string, options: IClientOptions = {}): Promise<Heard> {
  const texts: string[] = []
  const client = mqtt.connect(`mqtts://localhost:${gateway.port}`, {
    ca: serverRoot,
    cert: device.certificatePem,
    key: device.privateKeyPem,
    reconnectPeriod: 0,
    clientId,
    clean: false,
    ...options,
  })
  client.on('error', () => {})
  client.on('message', (_topic, payload) => texts.push(payload.toString())) // they may come with CONNACK
  await new Promise((resolve, reject) => {
    client.once('connect', resolve)
    client.once('close', () => reject(new Error('closed')))
  })
  const atLeast = async (count: number) => {
    while (texts.length < count) await new Promise(setImmediate)
    return texts
  }
  return { client, texts, atLeast }
}

const v5 = (sessionExpiryInterval: number, more: object = {}): IClientOptions => ({
  protocolVersion: 5,
  properties: { sessionExpiryInterval, ...more },
})

describe('a persistent session', () => {
  it.each([4, 5] as const)('is there when the client comes back (MQTT level %i)', async (level) => {
    await start()
    const open = async () => {
      const wire = await gateway.dial()
      const head = level === 4 ? ['MQTT', 4, 0, 0, 60] : ['MQTT', 5, 0, 0, 60, 5, 0x11, 0, 0, 0, 100]
      wire.send(packet(0x10, ...head, 'raw'))
      const connack = await wire.receive(4)
      return { wire, connack, length: 2 + connack[1]! }
    }
    const first = await open()
    expect(first.connack[2]).toBe(0)
    first.wire.send(packet(0x82, 0, 1, ...(level === 5 ? [0] : []), 'a', 1))
    const suback = await first.wire.receive(first.length + 5)
    expect(suback[first.length]).toBe(0x90)
    first.wire.socket.destroy()
    await gateway.recorded('connection-lost')
    await publish('a', 'hello')
    const second = await open()
    expect(second.connack[2]).toBe(1) // session present
    const received = await second.wire.receive(second.length + 12)
    expect(received.includes('hello')).toBe(true)
    second.wire.socket.destroy()
  })

  it('is not there after a clean connect', async () => {
    await start()
    const first = await connect('lamp')
    await first.client.subscribeAsync('a', { qos: 1 })
    await first.client.endAsync()
    const clean = await connect('lamp', { clean: true })
    await clean.client.endAsync()
    expect(gateway.sessions.find(accountId, 'lamp')).toBeUndefined()
  })

  it('goes to the newer connection of the same client', async () => {
    await start()
    const first = await connect('lamp')
    await first.client.subscribeAsync('a', { qos: 1 })
    const ended = closed(first.client)
    const second = await connect('lamp')
    await ended
    await publish('a', 'x')
    expect(await second.atLeast(1)).toEqual(['x'])
    expect(first.texts).toEqual([])
    await second.client.endAsync()
  })

  it('lets a publisher wait until its message is durable', async () => {
    await start()
    const away = await connect('away')
    await away.client.subscribeAsync('a', { qos: 1 })
    await away.client.endAsync()
    const publisher = await connect('publisher', { clean: true })
    await publisher.client.publishAsync('a', 'kept', { qos: 1 })
    const again = await connect('away')
    expect(await again.atLeast(1)).toEqual(['kept'])
    for (const { client } of [publisher, again]) await client.endAsync()
  })

  it.each([
    ['QoS 1', 0x32],
    ['QoS 2', 0x34],
  ])(
    'ends a publisher whose %s message could not be stored, without an acknowledgement',
    async (_qos, header) => {
      await start({ profile: 'standard' })
      const { publish: publishNow } = gateway.fabric
      const wire = await gateway.dial()
      wire.send(connectPacket.v3('raw', 0))
      await wire.receive(4)
      gateway.fabric.publish = () => Promise.reject(new Error('the disk is full'))
      wire.send(packet(header, 'a', 0, 7, Buffer.from('x')))
      expect((await wire.closed).subarray(4)).toEqual(Buffer.alloc(0))
      expect(gateway.errors).toHaveLength(1)
      gateway.fabric.publish = publishNow
      expect(gateway.sessions.find(accountId, 'raw')?.hasReceived(7)).toBe(false) // it may be sent again
    },
  )

  describe('that is new', () => {
    /** Connects with a session to keep, which is durable when `durable` says so. */
    async function connectOnce(durable: Promise<void>) {
      await start()
      const { open } = gateway.sessions
      gateway.sessions.open = (request) => ({ ...open(request), durable })
      const wire = await gateway.dial()
      wire.send(connectPacket.v3('raw', 0))
      while (!gateway.sessions.find(accountId, 'raw')) await new Promise(setImmediate)
      return wire
    }

    it('is not kept when its client goes before it is told', async () => {
      const wire = await connectOnce(new Promise(() => {}))
      wire.socket.destroy()
      await gateway.recorded('connection-lost')
      expect(gateway.sessions.find(accountId, 'raw')).toBeUndefined()
    })

    it('is neither kept nor answered when it could not be stored', async () => {
      const { promise, reject } = Promise.withResolvers<void>()
      const wire = await connectOnce(promise)
      reject(new Error('the disk is full'))
      expect(await wire.closed).toEqual(Buffer.alloc(0))
      expect(gateway.sessions.find(accountId, 'raw')).toBeUndefined()
    })
  })
})

describe('the expiry of a session', () => {
  /** [asked, answered]; nothing is said when it is granted as asked. */
  it.each([
    [100, undefined],
    [7200, 3600],
    [0xffff_ffff, 3600],
  ])('of %i s is answered with %s', async (asked, answered) => {
    await start()
    const { client } = await connect('lamp', v5(asked))
    const said = new Promise((resolve) => client.once('connect', resolve))
    client.reconnect()
    const connack = (await said) as { properties?: { sessionExpiryInterval?: number } }
    expect(connack.properties?.sessionExpiryInterval).toBe(answered)
    await client.endAsync()
  })

  it('may not be raised from 0 by DISCONNECT', async () => {
    await start()
    const wire = await gateway.dial()
    wire.send(connectPacket.v5())
    await wire.receive(4)
    wire.send(packet(0xe0, 0, 5, 0x11, 0, 0, 0, 10))
    const said = await wire.closed
    expect(said.subarray(-3)).toEqual(Buffer.from([0xe0, 1, 0x82]))
    expect(gateway.codes()).toContain('protocol-error')
  })

  it('may be lowered by DISCONNECT', async () => {
    await start()
    const { client } = await connect('lamp', v5(100))
    await client.endAsync(false, { properties: { sessionExpiryInterval: 0 } })
    await gateway.recorded('disconnected')
    expect(gateway.sessions.find(accountId, 'lamp')).toBeUndefined()
  })
})

describe('a will', () => {
  const withWill = (delay: number, expiry = 100): IClientOptions => ({
    ...v5(expiry),
    will: {
      topic: 'last/words',
      payload: Buffer.from('bye'),
      qos: 1,
      retain: false,
      properties: { willDelayInterval: delay },
    },
  })

  async function listen() {
    const wills: string[] = []
    gateway.fabric.subscribe(
      accountId,
      'last/words',
      ({ payload }) => void wills.push(Buffer.from(payload).toString()),
    )
    return wills
  }

  it('is published by a server that stops, and kept for who has a session', async () => {
    await start()
    const away = await connect('away')
    await away.client.subscribeAsync('last/words', { qos: 1 })
    away.client.end()
    await gateway.recorded('disconnected')
    const here = await connect('here')
    await here.client.subscribeAsync('last/words', { qos: 1 })
    const last = { topic: 'last/words', payload: Buffer.from('bye'), qos: 1 } as const
    const dying = await connect('dying', { clean: true, will: last })
    await gateway.gateway[Symbol.asyncDispose]()
    for (const clientId of ['away', 'here'])
      expect(gateway.sessions.find(accountId, clientId)?.queuedMessages).toBe(1)
    for (const { client } of [here, dying]) client.end(true)
  })

  it('waits for its delay when the connection breaks, and is cancelled by the next one', async () => {
    const clock = { now: new Date() }
    await start({ now: () => clock.now })
    const wills = await listen()
    const first = await connect('lamp', withWill(30))
    first.client.stream.destroy()
    await gateway.recorded('connection-lost')
    const second = await connect('lamp', withWill(30))
    clock.now = new Date(clock.now.getTime() + 40_000)
    gateway.sessions.sweep()
    expect(wills).toEqual([])
    second.client.stream.destroy()
    while (gateway.codes().filter((code) => code === 'connection-lost').length < 2)
      await new Promise(setImmediate)
    clock.now = new Date(clock.now.getTime() + 40_000)
    gateway.sessions.sweep()
    expect(wills).toEqual(['bye'])
  })

  it.each([
    ['without a delay is published when the client id is taken over', 0, ['bye']],
    ['with a delay is not', 30, []],
  ])('%s', async (_title, delay, expected) => {
    await start()
    const wills = await listen()
    const first = await connect('lamp', withWill(delay))
    const ended = closed(first.client)
    const second = await connect('lamp', v5(100))
    await ended
    expect(wills).toEqual(expected)
    await second.client.endAsync()
  })

  it('is published by DISCONNECT 0x04 and not by 0x00', async () => {
    await start()
    const wills = await listen()
    for (const reasonCode of [0, 4]) {
      const { client } = await connect('lamp', withWill(0, 0))
      await client.endAsync(false, { reasonCode })
    }
    while (gateway.codes().filter((code) => code === 'disconnected').length < 2)
      await new Promise(setImmediate)
    expect(wills).toEqual(['bye'])
  })
})

describe('a shared subscription', () => {
  it.each([4, 5] as const)('gives each message to one member (MQTT level %i)', async (protocolVersion) => {
    await start()
    const members = [
      await connect('one', { protocolVersion, clean: true }),
      await connect('two', { protocolVersion, clean: true }),
    ]
    for (const { client } of members) await client.subscribeAsync('$share/group/a/#', { qos: 1 })
    for (const text of ['1', '2', '3', '4']) void publish('a/b', text)
    while (members.flatMap(({ texts }) => texts).length < 4) await new Promise(setImmediate)
    expect(members.flatMap(({ texts }) => texts).toSorted()).toEqual(['1', '2', '3', '4'])
    for (const { client } of members) await client.endAsync()
  })

  it('is asked for by its whole name', async () => {
    const asked: string[] = []
    await start({
      isAllowed: (action, resource) => {
        if (action === 'iot:Subscribe') asked.push(resource)
        return resource !== 'topicfilter/$share/closed/a'
      },
    })
    const { client } = await connect('one', { protocolVersion: 5, clean: true })
    await client.subscribeAsync('$share/open/a', { qos: 1 })
    await expect(client.subscribeAsync('$share/closed/a', { qos: 1 })).rejects.toThrow('Not authorized')
    expect(asked).toEqual(['topicfilter/$share/open/a', 'topicfilter/$share/closed/a'])
    await client.endAsync()
  })

  it('gets no retained message', async () => {
    await start({ retains: true })
    const { client, texts } = await connect('one', { clean: true })
    await client.publishAsync('a', 'retained', { qos: 1, retain: true })
    await client.subscribeAsync('$share/group/a', { qos: 1 })
    await client.publishAsync('a', 'new', { qos: 1 })
    while (texts.length < 1) await new Promise(setImmediate)
    expect(texts).toEqual(['new'])
    await client.endAsync()
  })

  it('may not be combined with no local', async () => {
    await start()
    const wire = await gateway.dial()
    wire.send(connectPacket.v5())
    await wire.receive(4)
    wire.send(packet(0x82, 0, 1, 0, '$share/group/a', 0x05))
    const said = await wire.closed
    expect(said.subarray(-3)).toEqual(Buffer.from([0xe0, 1, 0x82]))
  })

  it('is refused beyond the limit of groups', async () => {
    await start({ sessionLimits: { maxSharedGroups: 1 } })
    const { client } = await connect('one', { clean: true })
    await client.subscribeAsync('$share/group/a', { qos: 1 })
    await expect(client.subscribeAsync('$share/other/a', { qos: 1 })).rejects.toThrow('Unspecified error')
    await client.endAsync()
  })
})

describe('QoS 2 in the standard profile', () => {
  it.each([4, 5] as const)('goes both ways once (MQTT level %i)', async (protocolVersion) => {
    await start({ profile: 'standard' })
    const options = {
      protocolVersion,
      ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 100 } }),
    }
    const { client, atLeast, texts } = await connect('one', options)
    await client.subscribeAsync('a', { qos: 2 })
    for (const text of ['1', '2', '3']) await client.publishAsync('a', text, { qos: 2 })
    await atLeast(3)
    expect(texts).toEqual(['1', '2', '3'])
    while (gateway.sessions.find(accountId, 'one')!.queuedMessages > 0) await new Promise(setImmediate)
    for (const id of [1, 2, 3]) expect(gateway.sessions.find(accountId, 'one')!.hasReceived(id)).toBe(false)
    await client.endAsync()
  })

  it('publishes a message once that is sent again', async () => {
    await start({ profile: 'standard' })
    const heard: string[] = []
    gateway.fabric.subscribe(
      accountId,
      'a',
      ({ payload }) => void heard.push(Buffer.from(payload).toString()),
    )
    const wire = await gateway.dial()
    wire.send(connectPacket.v3())
    await wire.receive(4)
    wire.send(packet(0x34, 'a', 0, 7, Buffer.from('x')), packet(0x3c, 'a', 0, 7, Buffer.from('x')))
    expect((await wire.receive(12)).subarray(4)).toEqual(Buffer.from([0x50, 2, 0, 7, 0x50, 2, 0, 7]))
    wire.send(packet(0x62, 0, 7), packet(0x34, 'a', 0, 7, Buffer.from('y')))
    expect((await wire.receive(20)).subarray(12)).toEqual(Buffer.from([0x70, 2, 0, 7, 0x50, 2, 0, 7]))
    expect(heard).toEqual(['x', 'y'])
    wire.socket.destroy()
  })

  it('takes what is sent again over the next connection, whatever else waits for its release', async () => {
    const policy = { canPublish: true }
    await start({
      profile: 'standard',
      limits: { maxUnacknowledged: 2 },
      isAllowed: (action) => action !== 'iot:Publish' || policy.canPublish,
    })
    const open = async () => {
      const wire = await gateway.dial()
      wire.send(packet(0x10, 'MQTT', 5, 0, 0, 60, 5, 0x11, 0, 0, 0, 100, 'raw'))
      const head = 2 + (await wire.receive(2))[1]!
      await wire.receive(head)
      return { wire, answers: async (bytes: number) => (await wire.receive(head + bytes)).subarray(head) }
    }
    const publish = (id: number, header: number) => packet(header, 'a', 0, id, 0, Buffer.from('x'))
    const first = await open()
    first.wire.send(publish(1, 0x34), publish(2, 0x34))
    await first.answers(8)
    first.wire.socket.destroy()
    await gateway.recorded('connection-lost')
    policy.canPublish = false // they were granted when they came
    const { wire, answers } = await open()
    wire.send(publish(1, 0x3c), publish(2, 0x3c), packet(0x62, 0, 1), packet(0x62, 0, 2))
    const pubrecs = [0x50, 2, 0, 1, 0x50, 2, 0, 2]
    expect(await answers(16)).toEqual(Buffer.from([...pubrecs, 0x70, 2, 0, 1, 0x70, 2, 0, 2]))
    wire.socket.destroy()
  })
})
