import type { MqttClient } from 'mqtt'
import { expect, it } from 'vitest'
import { accountId, connectPacket, packet, startTestGateway } from '../testing/test-gateway.ts'
import type { TestGateway } from '../testing/test-gateway.ts'

interface Received {
  topic: string
  text: string
  qos: number
  retain: boolean
  properties: object | undefined
}

function collect(client: MqttClient): Received[] {
  const received: Received[] = []
  client.on('message', (topic, payload, { qos, retain, properties }) =>
    received.push({ topic, text: payload.toString(), qos, retain, properties }),
  )
  return received
}

/** Brings everything that was on its way: what is retained is read in the order it was asked for, and deliveries keep theirs. */
async function settle(client: MqttClient): Promise<void> {
  const settled = new Promise((resolve) =>
    client.on('message', (topic) => topic === 'settle' && resolve(undefined)),
  )
  await client.publishAsync('settle', 'x', { qos: 1, retain: true })
  await client.subscribeAsync('settle', { qos: 1 })
  await settled
  await client.unsubscribeAsync('settle')
  await client.publishAsync('settle', '', { qos: 1, retain: true })
}

const withoutSettling = (received: Received[]) => received.filter(({ topic }) => topic !== 'settle')

async function start(options: Parameters<typeof startTestGateway>[0] = {}) {
  const gateway = await startTestGateway({ retains: true, ...options })
  const publisher = await gateway.connect({ clientId: 'publisher', protocolVersion: 5 })
  return Object.assign(gateway, { publisher })
}

async function subscribe(
  gateway: TestGateway,
  filter: string,
  options: { version?: 4 | 5; qos?: 0 | 1; rh?: 0 | 1 | 2 } = {},
) {
  const { version = 5, qos = 1, rh = 0 } = options
  const client = await gateway.connect({ clientId: `client-${Math.random()}`, protocolVersion: version })
  const received = collect(client)
  await client.subscribeAsync(filter, { qos, rh })
  await settle(client)
  return { client, received: withoutSettling(received) }
}

it.each([
  { version: 4, published: 1, asked: 1, qos: 1 },
  { version: 5, published: 1, asked: 0, qos: 0 },
  { version: 5, published: 0, asked: 1, qos: 0 },
] as const)(
  'sends a new subscriber the last retained message, at the lower QoS: %o',
  async ({ version, published, asked, qos }) => {
    await using gateway = await start()
    const { publisher } = gateway
    await publisher.publishAsync('lamp', 'first', { qos: published, retain: true })
    await publisher.publishAsync('lamp', 'second', { qos: published, retain: true })
    await publisher.publishAsync('lamp', 'passing', { qos: 1 })
    const { received } = await subscribe(gateway, 'lamp', { version, qos: asked })
    expect(received).toMatchObject([{ topic: 'lamp', text: 'second', qos, retain: true }])
  },
)

it.each([
  ['a filter with +', 'lamps/+', {}],
  ['a filter with #', '#', {}],
  ['a deeper #', 'lamps/#', {}],
  ['another topic', 'lamps/2', {}],
  ['one who asks for none', 'lamps/1', { rh: 2 }],
] as const)('sends none to %s', async (_title, filter, options) => {
  await using gateway = await start()
  await gateway.publisher.publishAsync('lamps/1', 'on', { qos: 1, retain: true })
  const { received } = await subscribe(gateway, filter, options)
  expect(received).toEqual([])
})

it('sends one who subscribes again the message again, unless the subscription was to be new', async () => {
  await using gateway = await start()
  await gateway.publisher.publishAsync('lamp', 'on', { qos: 1, retain: true })
  const client = await gateway.connect({ protocolVersion: 5, clientId: 'again' })
  const received = collect(client)
  for (const rh of [1, 1, 0, 2]) await client.subscribeAsync('lamp', { qos: 1, rh })
  await settle(client)
  expect(withoutSettling(received).length).toBe(2)
})

it('deletes by an empty payload, which is delivered like any message', async () => {
  await using gateway = await start()
  const { publisher } = gateway
  await publisher.publishAsync('lamp', 'on', { qos: 1, retain: true })
  const { client, received } = await subscribe(gateway, 'lamp')
  const all = collect(client)
  await publisher.publishAsync('lamp', '', { qos: 1, retain: true })
  await settle(client)
  expect(received.map(({ text }) => text)).toEqual(['on'])
  expect(withoutSettling(all)).toMatchObject([{ text: '', retain: false }])
  expect((await subscribe(gateway, 'lamp')).received).toEqual([])
})

it('counts the expiry of MQTT 5 down, and keeps what is published with it', async () => {
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  await using gateway = await start({ now: () => clock.now })
  const properties = {
    contentType: 'text/plain',
    correlationData: Buffer.from([1, 2]),
    userProperties: { colour: ['red', 'blue'] },
  }
  await gateway.publisher.publishAsync('lamp', 'on', {
    qos: 1,
    retain: true,
    properties: { ...properties, messageExpiryInterval: 60 },
  })
  clock.now = new Date(clock.now.getTime() + 12_500)
  const { received } = await subscribe(gateway, 'lamp')
  expect(received[0]?.properties).toMatchObject({ ...properties, messageExpiryInterval: 48 })
  clock.now = new Date(clock.now.getTime() + 47_500)
  expect((await subscribe(gateway, 'lamp')).received).toEqual([])
})

it('retains a will that asks for it', async () => {
  await using gateway = await start()
  const wire = await gateway.dial()
  wire.send(connectPacket.v3('raw', 0x26, 'last/words', 'bye'))
  await wire.receive(4)
  wire.socket.destroy()
  await gateway.recorded('connection-lost')
  const { received } = await subscribe(gateway, 'last/words')
  expect(received).toMatchObject([{ text: 'bye', retain: true }])
})

it('does not send what the policies do not let the client receive', async () => {
  await using gateway = await start({
    isAllowed: (action, resource) => `${action} ${resource}` !== 'iot:Receive topic/secret',
  })
  await gateway.publisher.publishAsync('secret', 'x', { qos: 1, retain: true })
  const { received } = await subscribe(gateway, 'secret')
  expect(received).toEqual([])
  expect((await gateway.recorded('receive-denied')).details).toMatchObject({ action: 'iot:Receive' })
})

it('keeps nothing of a message that may be published but not retained', async () => {
  await using gateway = await start({
    isAllowed: (action, resource) => `${action} ${resource}` !== 'iot:RetainPublish topic/lamp',
  })
  await expect(gateway.publisher.publishAsync('lamp', 'on', { qos: 1, retain: true })).rejects.toThrow(
    /not authorized/i,
  )
  expect((await gateway.recorded('publish-denied')).details).toMatchObject({ action: 'iot:RetainPublish' })
  expect((await subscribe(gateway, 'lamp')).received).toEqual([])
})

it.each(['$aws/rules/x/y', '$aws/things/lamp/shadow/update', '$aws/events/x'])(
  'refuses the retain flag for the reserved topic %s',
  async (topic) => {
    await using gateway = await start()
    const heard: string[] = []
    gateway.fabric.subscribe(accountId, topic, (message) => heard.push(message.topic))
    const wire = await gateway.dial()
    wire.send(connectPacket.v5('raw'))
    const head = await wire.receive(22)
    wire.send(packet(0x33, topic, 0, 7, 0, 'x'))
    expect((await wire.receive(head.length + 5)).subarray(head.length).toString('hex')).toBe('4003000790')
    expect(heard).toEqual([])
    wire.socket.destroy()
  },
)

it('acknowledges QoS 1 only once the message is durable', async () => {
  await using gateway = await start()
  await gateway.publisher.publishAsync('lamp', 'on', { qos: 1, retain: true })
  const kept = await gateway.reopenedMessages().then((messages) => messages.findRetained(accountId, ['lamp']))
  expect(kept).toMatchObject([{ topic: 'lamp', qos: 1 }])
})

it.each([
  { qos: 1, is: 'QoS 1' },
  { qos: 0, is: 'QoS 0' },
] as const)('sends a slow subscriber to # all of them at its pace: $is', async ({ qos }) => {
  const limits = {
    maxQueuedMessages: 5,
    maxUnacknowledged: 3,
    maxOutboundBytes: 2000,
    maxConnectsPerSecond: 0,
  }
  await using gateway = await start({ profile: 'standard', limits })
  const payload = 'x'.repeat(500)
  const topics = Array.from({ length: 250 }, (_, i) => `lamp/${i}`)
  for (const topic of topics) await gateway.publisher.publishAsync(topic, payload, { qos: 1, retain: true })
  const client = await gateway.connect({
    clientId: 'all',
    protocolVersion: 5,
    properties: { receiveMaximum: 2 },
  })
  const seen = new Set<string>()
  const complete = new Promise((resolve) =>
    client.on('message', (topic) => seen.add(topic).size === topics.length && resolve(undefined)),
  )
  await client.subscribeAsync('#', { qos })
  await complete
  expect([...seen].toSorted()).toEqual(topics.toSorted())
  expect(gateway.codes()).not.toContain('limit-exceeded')
  await client.endAsync()
})
