import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectPacket, packet } from './testing/test-gateway.ts'
import { SessionScene } from './testing/test-sessions.ts'

let scene: SessionScene
beforeEach(() => void (scene = new SessionScene()))
afterEach(() => scene.gateway[Symbol.asyncDispose]())

describe('a shared subscription', () => {
  it.each([4, 5] as const)('gives each message to one member (MQTT level %i)', async (protocolVersion) => {
    await scene.start()
    const members = [
      await scene.connect('one', { protocolVersion, clean: true }),
      await scene.connect('two', { protocolVersion, clean: true }),
    ]
    for (const { client } of members) await client.subscribeAsync('$share/group/a/#', { qos: 1 })
    for (const text of ['1', '2', '3', '4']) void scene.publish('a/b', text)
    while (members.flatMap(({ texts }) => texts).length < 4) await new Promise(setImmediate)
    expect(members.flatMap(({ texts }) => texts).toSorted()).toEqual(['1', '2', '3', '4'])
    for (const { client } of members) await client.endAsync()
  })

  it('is asked for by its whole name', async () => {
    const asked: string[] = []
    await scene.start({
      isAllowed: (action, resource) => {
        if (action === 'iot:Subscribe') asked.push(resource)
        return resource !== 'topicfilter/$share/closed/a'
      },
    })
    const { client } = await scene.connect('one', { protocolVersion: 5, clean: true })
    await client.subscribeAsync('$share/open/a', { qos: 1 })
    await expect(client.subscribeAsync('$share/closed/a', { qos: 1 })).rejects.toThrow('Not authorized')
    expect(asked).toEqual(['topicfilter/$share/open/a', 'topicfilter/$share/closed/a'])
    await client.endAsync()
  })

  it('gets no retained message', async () => {
    await scene.start({ retains: true })
    const { client, texts } = await scene.connect('one', { clean: true })
    await client.publishAsync('a', 'retained', { qos: 1, retain: true })
    await client.subscribeAsync('$share/group/a', { qos: 1 })
    await client.publishAsync('a', 'new', { qos: 1 })
    while (texts.length < 1) await new Promise(setImmediate)
    expect(texts).toEqual(['new'])
    await client.endAsync()
  })

  it('may not be combined with no local', async () => {
    await scene.start()
    const wire = await scene.gateway.dial()
    wire.send(connectPacket.v5())
    await wire.receive(4)
    wire.send(packet(0x82, 0, 1, 0, '$share/group/a', 0x05))
    const said = await wire.closed
    expect(said.subarray(-3)).toEqual(Buffer.from([0xe0, 1, 0x82]))
  })

  it('is refused beyond the limit of groups', async () => {
    await scene.start({ sessionLimits: { maxSharedGroups: 1 } })
    const { client } = await scene.connect('one', { clean: true })
    await client.subscribeAsync('$share/group/a', { qos: 1 })
    await expect(client.subscribeAsync('$share/other/a', { qos: 1 })).rejects.toThrow('Unspecified error')
    await client.endAsync()
  })
})
