import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, connectPacket, packet } from './testing/test-gateway.ts'
import { closed, SessionScene, v5 } from './testing/test-sessions.ts'

let scene: SessionScene
beforeEach(() => void (scene = new SessionScene()))
afterEach(() => scene.gateway[Symbol.asyncDispose]())

describe('a persistent session', () => {
  it.each([4, 5] as const)('is there when the client comes back (MQTT level %i)', async (level) => {
    await scene.start()
    const open = async () => {
      const wire = await scene.gateway.dial()
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
    await scene.gateway.recorded('connection-lost')
    await scene.publish('a', 'hello')
    const second = await open()
    expect(second.connack[2]).toBe(1) // session present
    const received = await second.wire.receive(second.length + 12)
    expect(received.includes('hello')).toBe(true)
    second.wire.socket.destroy()
  })

  it('is not there after a clean connect', async () => {
    await scene.start()
    const first = await scene.connect('lamp')
    await first.client.subscribeAsync('a', { qos: 1 })
    await first.client.endAsync()
    const clean = await scene.connect('lamp', { clean: true })
    await clean.client.endAsync()
    expect(scene.gateway.sessions.find(accountId, 'lamp')).toBeUndefined()
  })

  it('goes to the newer connection of the same client', async () => {
    await scene.start()
    const first = await scene.connect('lamp')
    await first.client.subscribeAsync('a', { qos: 1 })
    const ended = closed(first.client)
    const second = await scene.connect('lamp')
    await ended
    await scene.publish('a', 'x')
    expect(await second.atLeast(1)).toEqual(['x'])
    expect(first.texts).toEqual([])
    await second.client.endAsync()
  })

  it('lets a publisher wait until its message is durable', async () => {
    await scene.start()
    const away = await scene.connect('away')
    await away.client.subscribeAsync('a', { qos: 1 })
    await away.client.endAsync()
    const publisher = await scene.connect('publisher', { clean: true })
    await publisher.client.publishAsync('a', 'kept', { qos: 1 })
    const again = await scene.connect('away')
    expect(await again.atLeast(1)).toEqual(['kept'])
    for (const { client } of [publisher, again]) await client.endAsync()
  })

  it.each([
    ['QoS 1', 0x32],
    ['QoS 2', 0x34],
  ])(
    'ends a publisher whose %s message could not be stored, without an acknowledgement',
    async (_qos, header) => {
      await scene.start({ profile: 'standard' })
      const { publish: publishNow } = scene.gateway.fabric
      const wire = await scene.gateway.dial()
      wire.send(connectPacket.v3('raw', 0))
      await wire.receive(4)
      scene.gateway.fabric.publish = () => Promise.reject(new Error('the disk is full'))
      wire.send(packet(header, 'a', 0, 7, Buffer.from('x')))
      expect((await wire.closed).subarray(4)).toEqual(Buffer.alloc(0))
      expect(scene.gateway.errors).toHaveLength(1)
      scene.gateway.fabric.publish = publishNow
      expect(scene.gateway.sessions.find(accountId, 'raw')?.hasReceived(7)).toBe(false) // it may be sent again
    },
  )

  describe('that is new', () => {
    /** Connects with a session to keep, which is durable when `durable` says so. */
    async function connectOnce(durable: Promise<void>) {
      await scene.start()
      const { open } = scene.gateway.sessions
      scene.gateway.sessions.open = (request) => ({ ...open(request), durable })
      const wire = await scene.gateway.dial()
      wire.send(connectPacket.v3('raw', 0))
      while (!scene.gateway.sessions.find(accountId, 'raw')) await new Promise(setImmediate)
      return wire
    }

    it('is not kept when its client goes before it is told', async () => {
      const wire = await connectOnce(new Promise(() => {}))
      wire.socket.destroy()
      await scene.gateway.recorded('connection-lost')
      expect(scene.gateway.sessions.find(accountId, 'raw')).toBeUndefined()
    })

    it('is neither kept nor answered when it could not be stored', async () => {
      const { promise, reject } = Promise.withResolvers<void>()
      const wire = await connectOnce(promise)
      reject(new Error('the disk is full'))
      expect(await wire.closed).toEqual(Buffer.alloc(0))
      expect(scene.gateway.sessions.find(accountId, 'raw')).toBeUndefined()
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
    await scene.start()
    const { client } = await scene.connect('lamp', v5(asked))
    const said = new Promise((resolve) => client.once('connect', resolve))
    client.reconnect()
    const connack = (await said) as { properties?: { sessionExpiryInterval?: number } }
    expect(connack.properties?.sessionExpiryInterval).toBe(answered)
    await client.endAsync()
  })

  it('may not be raised from 0 by DISCONNECT', async () => {
    await scene.start()
    const wire = await scene.gateway.dial()
    wire.send(connectPacket.v5())
    await wire.receive(4)
    wire.send(packet(0xe0, 0, 5, 0x11, 0, 0, 0, 10))
    const said = await wire.closed
    expect(said.subarray(-3)).toEqual(Buffer.from([0xe0, 1, 0x82]))
    expect(scene.gateway.codes()).toContain('protocol-error')
  })

  it('may be lowered by DISCONNECT', async () => {
    await scene.start()
    const { client } = await scene.connect('lamp', v5(100))
    await client.endAsync(false, { properties: { sessionExpiryInterval: 0 } })
    await scene.gateway.recorded('disconnected')
    expect(scene.gateway.sessions.find(accountId, 'lamp')).toBeUndefined()
  })
})
