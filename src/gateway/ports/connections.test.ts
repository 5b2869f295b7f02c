import { describe, expect, it } from 'vitest'
import {
  accountId,
  connectPacket,
  packet,
  startTestGateway,
  type TestGateway,
} from './testing/test-gateway.ts'

const persistent = { clean: false }
const withWill = {
  v3: connectPacket.v3('raw', 6, 'last/words', 'bye'),
  v5: connectPacket.v5('raw', 6, 0, 'last/words', 'bye'),
}

/** A gateway, its API of connections, and the wills it publishes. */
async function start() {
  const gateway = await startTestGateway()
  const wills: string[] = []
  gateway.fabric.subscribe(accountId, 'last/words', ({ topic }) => void wills.push(topic))
  return { gateway, wills, connections: gateway.gateway.connections }
}

async function connectRaw(gateway: TestGateway, bytes: Buffer) {
  const wire = await gateway.dial()
  wire.send(bytes)
  await gateway.recorded('connected')
  return wire
}

const keepAll = { isSessionCleaned: false, isWillPrevented: false }

describe('list', () => {
  it('shows who is connected page by page, in the order of client ids, and no one else', async () => {
    const { gateway, connections } = await start()
    await using _ = gateway
    const list = async (prefix: string, after?: string, limit = 2) =>
      (await connections.list(accountId, { prefix, after, limit })).map(({ clientId }) => clientId)
    const wires = [
      await connectRaw(gateway, connectPacket.v3('b-1')),
      await connectRaw(gateway, connectPacket.v3('a-2')),
      await connectRaw(gateway, connectPacket.v5('a-1')),
    ]
    await expect.poll(() => list('', undefined, 9)).toEqual(['a-1', 'a-2', 'b-1'])
    expect(await list('')).toEqual(['a-1', 'a-2'])
    expect(await list('', 'a-2')).toEqual(['b-1'])
    expect(await list('b')).toEqual(['b-1'])
    expect(await list('a-', 'a-1')).toEqual(['a-2'])
    expect(connections.list('123456789999', { prefix: '', after: undefined, limit: 9 })).toEqual([])
    wires[1]!.socket.destroy()
    await gateway.recorded('connection-lost')
    await expect.poll(() => list('', undefined, 9)).toEqual(['a-1', 'b-1'])
    const [first] = await connections.list(accountId, { prefix: 'a-1', after: undefined, limit: 1 })
    expect(first).toMatchObject({
      protocol: 'MQTT 5',
      subscriptionCount: 0,
      queuedMessages: 0,
      droppedMessages: 0,
      certificateId: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })
})

describe('find', () => {
  it('describes a connected client', async () => {
    const { gateway, connections } = await start()
    await using _ = gateway
    await connectRaw(gateway, connectPacket.v3('raw'))
    expect(connections.find(accountId, 'raw')).toEqual({
      clientId: 'raw',
      thingName: 'lamp-thing',
      isCleanSession: true,
      keepAliveSeconds: 60,
      sessionExpirySeconds: 0,
      connectedAt: expect.any(Number) as number,
      sourceIp: '127.0.0.1',
    })
  })

  it('tells that a session is kept, and for how long', async () => {
    const { gateway, connections } = await start()
    await using _ = gateway
    await connectRaw(gateway, connectPacket.v3('raw', 0))
    expect(connections.find(accountId, 'raw')).toMatchObject({
      isCleanSession: false,
      sessionExpirySeconds: 3600,
    })
  })

  it('knows no client of another account, and none that has gone', async () => {
    const { gateway, connections } = await start()
    await using _ = gateway
    const wire = await connectRaw(gateway, connectPacket.v3('raw'))
    expect(connections.find('210987654321', 'raw')).toBeUndefined()
    expect(connections.findEnded(accountId, 'raw')).toBeUndefined()
    wire.send(packet(0xe0))
    await gateway.recorded('disconnected')
    expect(connections.find(accountId, 'raw')).toBeUndefined()
    expect(connections.findEnded(accountId, 'raw')).toMatchObject({ reason: 'CLIENT_INITIATED_DISCONNECT' })
  })
})

describe('end', () => {
  it.each([
    ['v3', 0, ''],
    ['v5', 3, 'e00198'],
  ] as const)('ends the connection and says so to MQTT 5 alone (%s)', async (version, length, last) => {
    const { gateway, connections } = await start()
    await using _ = gateway
    const wire = await connectRaw(gateway, withWill[version])
    expect(await connections.end(accountId, 'raw', keepAll)).toBe(true)
    const received = await wire.closed
    expect(received.subarray(received.length - length).toString('hex')).toBe(last)
    expect(gateway.codes()).toEqual(['connected', 'connection-deleted'])
  })

  it.each([
    ['publishes the will', false, ['last/words']],
    ['publishes no will when that is asked for', true, []],
  ])('%s', async (_what, isWillPrevented, published) => {
    const { gateway, wills, connections } = await start()
    await using _ = gateway
    await connectRaw(gateway, withWill.v3)
    await connections.end(accountId, 'raw', { ...keepAll, isWillPrevented })
    expect(wills).toEqual(published)
  })

  it.each([
    ['leaves the session', false, ['a/#']],
    ['takes the session too when that is asked for', true, undefined],
  ])('%s', async (_what, isSessionCleaned, filters) => {
    const { gateway, connections } = await start()
    await using _ = gateway
    const client = await gateway.connect(persistent)
    await client.subscribeAsync('a/#')
    await connections.end(accountId, 'lamp-1', { ...keepAll, isSessionCleaned })
    const left = await connections.listSubscriptions(accountId, 'lamp-1')
    expect(left?.map(({ filter }) => filter)).toEqual(filters)
  })

  it.each([
    ['never was', accountId, 'other'],
    ['is of another account', '210987654321', 'raw'],
  ])('does nothing about a client that %s', async (_what, account, clientId) => {
    const { gateway, connections } = await start()
    await using _ = gateway
    await connectRaw(gateway, connectPacket.v3('raw'))
    expect(await connections.end(account, clientId, keepAll)).toBe(false)
    expect(gateway.gateway.stats().clients).toBe(1)
  })

  it('does nothing about a client that is away, unless its session is to be cleaned', async () => {
    const { gateway, wills, connections } = await start()
    await using _ = gateway
    const client = await gateway.connect({
      protocolVersion: 5,
      clean: false,
      properties: { sessionExpiryInterval: 100 },
      will: { topic: 'last/words', payload: Buffer.from('bye'), properties: { willDelayInterval: 100 } },
    })
    await client.subscribeAsync('a/#')
    client.stream.destroy()
    await gateway.recorded('connection-lost')
    expect(await connections.end(accountId, 'lamp-1', keepAll)).toBe(false)
    expect(await connections.listSubscriptions(accountId, 'lamp-1')).toEqual([{ filter: 'a/#', qos: 0 }])
    const cleaned = { isSessionCleaned: true, isWillPrevented: true }
    expect(await connections.end(accountId, 'lamp-1', cleaned)).toBe(true)
    expect(await connections.listSubscriptions(accountId, 'lamp-1')).toBeUndefined()
    expect(await connections.end(accountId, 'lamp-1', cleaned)).toBe(false)
    expect(wills).toEqual([])
  })
})

describe('listSubscriptions', () => {
  it('knows those of a connected client', async () => {
    const { gateway, connections } = await start()
    await using _ = gateway
    const client = await gateway.connect()
    await client.subscribeAsync({ 'a/#': { qos: 1 }, b: { qos: 0 } })
    expect(await connections.listSubscriptions(accountId, 'lamp-1')).toEqual([
      { filter: 'a/#', qos: 1 },
      { filter: 'b', qos: 0 },
    ])
    await client.endAsync()
  })

  it('knows none once a clean session is over', async () => {
    const { gateway, connections } = await start()
    await using _ = gateway
    const client = await gateway.connect()
    await client.subscribeAsync('a')
    await client.endAsync()
    await gateway.recorded('disconnected')
    expect(await connections.listSubscriptions(accountId, 'lamp-1')).toBeUndefined()
  })
})
