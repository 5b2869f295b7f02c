import { connect as connectTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Presences } from './presence.ts'
import {
  accountId,
  connectPacket,
  device,
  packet,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
  type Wire,
} from './testing/test-gateway.ts'

type Event = Record<string, unknown> & { topic: string }

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Collects lifecycle events; `told` waits for one. */
function watchEvents({ fabric }: TestGateway, filter = '$aws/events/#') {
  const events: Event[] = []
  const waiting = new Set<() => void>()
  fabric.subscribe(accountId, filter, ({ topic, payload, qos, retain }) => {
    expect({ qos, retain }).toEqual({ qos: 1, retain: false })
    events.push({ topic, ...(JSON.parse(Buffer.from(payload).toString()) as object) })
    for (const look of waiting) look()
  })
  const told = (topic: string, count = 1) =>
    new Promise<Event>((resolve) => {
      const look = () => {
        const found = events.filter((event) => event.topic === topic)[count - 1]
        if (found) resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { events, told, topics: () => events.map(({ topic }) => topic.replace('$aws/events/', '')) }
}

async function connectRaw(gateway: TestGateway, bytes: Buffer = connectPacket.v3('raw')): Promise<Wire> {
  const wire = await gateway.dial()
  wire.send(bytes)
  await wire.receive(4)
  return wire
}

const at = new Date('2026-03-04T05:06:07.890Z')
const fixed: TestGatewayOptions = { now: () => at }

describe('presence', () => {
  it('tells who connected, and how the connection ended', async () => {
    await using gateway = await startTestGateway(fixed)
    const { told } = watchEvents(gateway)
    const wire = await connectRaw(gateway)
    const connected = await told('$aws/events/presence/connected/raw')
    expect(connected).toEqual({
      topic: '$aws/events/presence/connected/raw',
      clientId: 'raw',
      timestamp: at.getTime(),
      eventType: 'connected',
      sessionIdentifier: expect.stringMatching(uuid) as string,
      principalIdentifier: device.certificateId,
      ipAddress: '127.0.0.1',
      versionNumber: 0,
    })
    wire.send(packet(0xe0))
    expect(await told('$aws/events/presence/disconnected/raw')).toEqual({
      topic: '$aws/events/presence/disconnected/raw',
      clientId: 'raw',
      timestamp: at.getTime(),
      eventType: 'disconnected',
      sessionIdentifier: connected['sessionIdentifier'],
      principalIdentifier: device.certificateId,
      clientInitiatedDisconnect: true,
      disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
      versionNumber: 0,
    })
  })

  it.each([
    ['the client talks nonsense', packet(0x00), 'CLIENT_ERROR'],
    ['the client publishes what it may not', packet(0x30, 'denied', Buffer.from('x')), 'AUTH_ERROR'],
    ['the client subscribes to what it may not', packet(0x82, 0, 1, 'denied', 0), 'AUTH_ERROR'],
  ])('says that the client did not take its leave when %s', async (_what, bytes, disconnectReason) => {
    const isAllowed = (_action: string, resource: string) => !resource.endsWith('/denied')
    await using gateway = await startTestGateway({ isAllowed })
    const { told } = watchEvents(gateway)
    const wire = await connectRaw(gateway)
    wire.send(bytes)
    const event = await told('$aws/events/presence/disconnected/raw')
    expect(event).toMatchObject({ clientInitiatedDisconnect: false, disconnectReason })
  })

  it('tells of a lost connection', async () => {
    await using gateway = await startTestGateway()
    const { told } = watchEvents(gateway)
    const wire = await connectRaw(gateway)
    wire.socket.destroy()
    const event = await told('$aws/events/presence/disconnected/raw')
    expect(event).toMatchObject({ clientInitiatedDisconnect: false, disconnectReason: 'CONNECTION_LOST' })
  })

  it('ends the old connection of a client id before it tells of the new one, with a higher version', async () => {
    await using gateway = await startTestGateway()
    const { events, told } = watchEvents(gateway)
    await connectRaw(gateway)
    await connectRaw(gateway)
    await told('$aws/events/presence/connected/raw', 2)
    expect(events).toMatchObject([
      { eventType: 'connected', versionNumber: 0 },
      { eventType: 'disconnected', versionNumber: 0, disconnectReason: 'DUPLICATE_CLIENTID' },
      { eventType: 'connected', versionNumber: 1 },
    ])
    expect(events[2]?.['sessionIdentifier']).not.toBe(events[0]?.['sessionIdentifier'])
  })

  it('names the thing only when the certificate is attached to it alone', async () => {
    await using gateway = await startTestGateway()
    const { told } = watchEvents(gateway)
    await connectRaw(gateway)
    expect(await told('$aws/events/presence/connected/raw')).not.toHaveProperty('thingName')
    gateway.policies.isThingExclusive = true
    await connectRaw(gateway)
    expect(await told('$aws/events/presence/connected/raw', 2)).toMatchObject({ thingName: 'lamp-thing' })
  })

  it('tells of every client when the server stops', async () => {
    const gateway = await startTestGateway()
    const { told } = watchEvents(gateway)
    await connectRaw(gateway)
    await gateway[Symbol.asyncDispose]()
    const event = await told('$aws/events/presence/disconnected/raw')
    expect(event).toMatchObject({ disconnectReason: 'SERVER_INITIATED_DISCONNECT' })
  })

  it.each(['a+b', 'a#b'])('says nothing about the client %s', async (clientId) => {
    await using gateway = await startTestGateway()
    const { events } = watchEvents(gateway)
    const wire = await connectRaw(gateway, connectPacket.v3(clientId))
    wire.send(packet(0xe0))
    await gateway.recorded('disconnected')
    expect(events).toEqual([])
  })
})

describe('connect_failed', () => {
  it.each([
    ['may not connect', (action: string) => action !== 'iot:Connect'],
    ['may not publish its will', (action: string) => action !== 'iot:Publish'],
  ])('tells of a client that %s', async (_what, isAllowed) => {
    await using gateway = await startTestGateway({ ...fixed, isAllowed })
    const { events } = watchEvents(gateway)
    const wire = await gateway.dial()
    wire.send(connectPacket.v3('raw', 6, 'last/words', 'bye'))
    await wire.closed
    expect(events).toEqual([
      {
        topic: '$aws/events/presence/connect_failed/raw',
        clientId: 'raw',
        timestamp: at.getTime(),
        eventType: 'connect_failed',
        connectFailureReason: 'AUTHORIZATION_FAILED',
        principalIdentifier: device.certificateId,
        sessionIdentifier: expect.stringMatching(uuid) as string,
        ipAddress: '127.0.0.1',
      },
    ])
  })

  it.each<[string, TestGatewayOptions, Buffer]>([
    ['is not admitted', { admit: async () => 'close' }, connectPacket.v3('raw')],
    ['has a reserved client id', {}, connectPacket.v3('$raw')],
    ['is not MQTT', {}, packet(0x10, 'MQTT', 9, 2, 0, 60, 'raw')],
  ])('says nothing about a client that %s', async (_what, options, bytes) => {
    await using gateway = await startTestGateway(options)
    const { events } = watchEvents(gateway)
    const wire = await gateway.dial()
    wire.send(bytes)
    await wire.closed
    expect(events).toEqual([])
  })

  it('says nothing when no CONNECT came', async () => {
    await using gateway = await startTestGateway()
    const { events } = watchEvents(gateway)
    const socket = connectTcp(gateway.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.end('not TLS')
    await gateway.recorded('handshake-failed')
    expect(events).toEqual([])
  })
})

describe('subscriptions', () => {
  it('tells what was subscribed to and unsubscribed from, as the client wrote it', async () => {
    await using gateway = await startTestGateway(fixed)
    const { told } = watchEvents(gateway)
    const client = await gateway.connect()
    const { sessionIdentifier } = await told('$aws/events/presence/connected/lamp-1')
    await client.subscribeAsync(['a/b', 'c/+'])
    const subject = {
      clientId: 'lamp-1',
      timestamp: at.getTime(),
      sessionIdentifier,
      principalIdentifier: device.certificateId,
    }
    expect(await told('$aws/events/subscriptions/subscribed/lamp-1')).toEqual({
      ...subject,
      topic: '$aws/events/subscriptions/subscribed/lamp-1',
      eventType: 'subscribed',
      topics: ['a/b', 'c/+'],
    })
    await client.unsubscribeAsync(['c/+', 'never/had'])
    expect(await told('$aws/events/subscriptions/unsubscribed/lamp-1')).toEqual({
      ...subject,
      topic: '$aws/events/subscriptions/unsubscribed/lamp-1',
      eventType: 'unsubscribed',
      topics: ['c/+'],
    })
    await client.endAsync()
  })

  it('leaves out what was refused', async () => {
    const isAllowed = (_action: string, resource: string) => !resource.endsWith('/denied')
    await using gateway = await startTestGateway({ isAllowed })
    const { events, told } = watchEvents(gateway, '$aws/events/subscriptions/#')
    const wire = await connectRaw(gateway, connectPacket.v5('raw'))
    wire.send(packet(0x82, 0, 1, 0, 'denied', 0))
    wire.send(packet(0x82, 0, 2, 0, 'fine', 0, 'denied', 0))
    await told('$aws/events/subscriptions/subscribed/raw')
    expect(events).toMatchObject([{ topics: ['fine'] }])
  })

  it('does not call the end of a connection an unsubscribe', async () => {
    await using gateway = await startTestGateway()
    const { topics, told } = watchEvents(gateway)
    const client = await gateway.connect()
    await client.subscribeAsync('a')
    await client.endAsync()
    await told('$aws/events/presence/disconnected/lamp-1')
    expect(topics()).not.toContain('subscriptions/unsubscribed/lamp-1')
  })
})

describe('version numbers', () => {
  const hour = 3_600_000
  const begin = (presences: Presences, key: string, time: number) =>
    presences.begin(key, { at: time, exclusiveThing: undefined })
  const end = (presences: Presences, key: string, versionNumber: number, time: number) =>
    presences.end(key, { versionNumber, at: time, reason: 'CONNECTION_LOST', thingName: undefined })

  it.each([
    ['counts on after a short absence', hour - 1, 8],
    ['begins anew after an hour', hour, 0],
  ])('%s', (_what, absence, expected) => {
    const presences = new Presences()
    end(presences, 'a', 7, 1000)
    expect(begin(presences, 'a', 1000 + absence).versionNumber).toBe(expected)
  })

  it('does not count one client id for another', () => {
    const presences = new Presences()
    end(presences, 'a', 7, 0)
    expect(begin(presences, 'b', 0).versionNumber).toBe(0)
  })

  it('remembers no more client ids than it may', () => {
    const presences = new Presences(2)
    for (const [time, key] of ['a', 'b', 'a', 'c'].entries()) end(presences, key, 1, time)
    expect(['a', 'b', 'c'].map((key) => presences.findEnded(key) !== undefined)).toEqual([true, false, true])
  })
})
