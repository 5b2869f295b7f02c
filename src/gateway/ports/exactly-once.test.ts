import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, connectPacket, packet } from './testing/test-gateway.ts'
import { SessionScene } from './testing/test-sessions.ts'

let scene: SessionScene
beforeEach(() => void (scene = new SessionScene()))
afterEach(() => scene.gateway[Symbol.asyncDispose]())

describe('QoS 2 in the standard profile', () => {
  it.each([4, 5] as const)('goes both ways once (MQTT level %i)', async (protocolVersion) => {
    await scene.start({ profile: 'standard' })
    const options = {
      protocolVersion,
      ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 100 } }),
    }
    const { client, atLeast, texts } = await scene.connect('one', options)
    await client.subscribeAsync('a', { qos: 2 })
    for (const text of ['1', '2', '3']) await client.publishAsync('a', text, { qos: 2 })
    await atLeast(3)
    expect(texts).toEqual(['1', '2', '3'])
    while (scene.gateway.sessions.find(accountId, 'one')!.queuedMessages > 0) await new Promise(setImmediate)
    for (const id of [1, 2, 3])
      expect(scene.gateway.sessions.find(accountId, 'one')!.hasReceived(id)).toBe(false)
    await client.endAsync()
  })

  it('publishes a message once that is sent again', async () => {
    await scene.start({ profile: 'standard' })
    const heard: string[] = []
    scene.gateway.fabric.subscribe(
      accountId,
      'a',
      ({ payload }) => void heard.push(Buffer.from(payload).toString()),
    )
    const wire = await scene.gateway.dial()
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
    await scene.start({
      profile: 'standard',
      limits: { maxUnacknowledged: 2 },
      isAllowed: (action) => action !== 'iot:Publish' || policy.canPublish,
    })
    const open = async () => {
      const wire = await scene.gateway.dial()
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
    await scene.gateway.recorded('connection-lost')
    policy.canPublish = false // they were granted when they came
    const { wire, answers } = await open()
    wire.send(publish(1, 0x3c), publish(2, 0x3c), packet(0x62, 0, 1), packet(0x62, 0, 2))
    const pubrecs = [0x50, 2, 0, 1, 0x50, 2, 0, 2]
    expect(await answers(16)).toEqual(Buffer.from([...pubrecs, 0x70, 2, 0, 1, 0x70, 2, 0, 2]))
    wire.socket.destroy()
  })
})
