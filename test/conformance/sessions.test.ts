/** What outlives a connection: sessions, their messages, and wills. */
import type { IConnectPacket, Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../../src/gateway/ports/testing/test-gateway.ts'
import { enter, messagesOf, publishPacket, subscribed, textsOf, type Version } from './peer.ts'

const standard = () => startTestGateway({ profile: 'standard', retains: true })

/** A session that is kept. */
const kept = (version: Version, more: Partial<IConnectPacket> = {}): Partial<IConnectPacket> => ({
  clientId: 'kept',
  clean: false,
  ...(version === 5 && { properties: { sessionExpiryInterval: 600 } }),
  ...more,
})

const will = { topic: 'will', payload: Buffer.from('bye'), qos: 1, retain: false } as const

async function listen(gateway: TestGateway, topic = 'will') {
  const listener = await enter(gateway, 5, { clientId: 'listener' })
  await subscribed(listener, topic, { qos: 0, rap: true })
  return listener
}

describe.each<Version>([4, 5])('a session of level %i', (version) => {
  it('that is kept goes on, messages included (MQTT5-3.1.2-5, MQTT5-3.1.2-23, MQTT5-3.2.2-3, MQTT5-4.1.0-1, MQTT5-4.5.0-1, MQTT3-3.1.2-4, MQTT3-3.1.2-5, MQTT3-3.2.2-2, MQTT3-4.1.0-1, MQTT3-4.1.0-2, MQTT3-4.5.0-1)', async () => {
    await using gateway = await standard()
    const first = await enter(gateway, version, kept(version))
    expect(first.connack).toMatchObject({ sessionPresent: false })
    await subscribed(first, 's', { qos: 2 })
    await first.end()
    const sender = await enter(gateway, version, { clientId: 'sender' })
    sender.send(
      publishPacket('s', '1', { qos: 1, messageId: 1 }),
      publishPacket('s', '2', { qos: 2, messageId: 2 }),
    )
    await sender.settled()
    const again = await enter(gateway, version, kept(version))
    expect(again.connack).toMatchObject({ sessionPresent: true })
    expect(await messagesOf(again, 2)).toMatchObject([
      { payload: Buffer.from('1'), qos: 1 },
      { payload: Buffer.from('2'), qos: 2 },
    ])
    await Promise.all([again.end(), sender.end()])
  })

  it('that nobody has is made (MQTT5-3.1.2-6, MQTT5-3.2.2-3, MQTT3-3.1.2-4, MQTT3-3.2.2-3)', async () => {
    await using gateway = await standard()
    const peer = await enter(gateway, version, kept(version))
    expect(peer.connack).toMatchObject({ sessionPresent: false })
    await peer.end()
  })

  it('is discarded by a clean start (MQTT5-3.1.2-4, MQTT5-3.1.4-4, MQTT5-3.2.2-2, MQTT3-3.1.2-6, MQTT3-3.1.4-3, MQTT3-3.2.2-1)', async () => {
    await using gateway = await standard()
    const first = await enter(gateway, version, kept(version))
    await subscribed(first, 's', { qos: 1 })
    await first.end()
    const clean = await enter(gateway, version, kept(version, { clean: true }))
    expect(clean.connack).toMatchObject({ sessionPresent: false })
    clean.send(publishPacket('s', 'x'))
    expect(await clean.settled()).toEqual([])
    await clean.end()
  })

  it('sends again what was not acknowledged, under its packet id, in order (MQTT5-4.4.0-1, MQTT5-3.3.1-1, MQTT3-4.4.0-1, MQTT3-3.3.1-1, MQTT3-4.6.0-1, MQTT3-2.3.1-3)', async () => {
    await using gateway = await standard()
    const first = await enter(gateway, version, kept(version))
    await subscribed(first, 's', { qos: 2 })
    for (const [index, qos] of [1, 2, 1, 2].entries())
      first.send(publishPacket('s', String(index), { qos, messageId: index + 1 }))
    const sent = await messagesOf(first, 4)
    first.send({ cmd: 'puback', messageId: sent[0]?.messageId } as Packet)
    first.send({ cmd: 'pubrec', messageId: sent[1]?.messageId } as Packet)
    await first.settled()
    first.drop()
    await expect.poll(() => gateway.codes()).toContain('connection-lost')
    const again = await enter(gateway, version, kept(version))
    const resent = [await again.next(), await again.next(), await again.next()]
    const released = resent.filter(({ cmd }) => cmd === 'pubrel')
    expect(released).toMatchObject([{ messageId: sent[1]?.messageId }])
    expect(resent.filter(({ cmd }) => cmd === 'publish')).toMatchObject([
      { dup: true, payload: Buffer.from('2'), qos: 1, messageId: sent[2]?.messageId },
      { dup: true, payload: Buffer.from('3'), qos: 2, messageId: sent[3]?.messageId },
    ])
    await again.end()
  })
})

it('a session ends when its expiry has passed (MQTT5-4.1.0-2)', async () => {
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  await using gateway = await startTestGateway({ profile: 'standard', now: () => clock.now })
  const session = kept(5, { properties: { sessionExpiryInterval: 10 } })
  const first = await enter(gateway, 5, session)
  await first.end()
  await expect.poll(() => gateway.codes()).toContain('connection-lost')
  clock.now = new Date(clock.now.getTime() + 11_000)
  const again = await enter(gateway, 5, session)
  expect(again.connack).toMatchObject({ sessionPresent: false })
  await again.end()
})

it('a message that the client refused is not sent again (MQTT5-4.4.0-2, MQTT5-4.8.2-6)', async () => {
  await using gateway = await standard()
  const first = await enter(gateway, 5, kept(5))
  await subscribed(first, '$share/g/s', { qos: 2 })
  first.send(
    publishPacket('s', '1', { qos: 1, messageId: 1 }),
    publishPacket('s', '2', { qos: 2, messageId: 2 }),
  )
  const sent = await messagesOf(first, 2)
  first.send({ cmd: 'puback', messageId: sent[0]?.messageId, reasonCode: 0x80 } as Packet)
  first.send({ cmd: 'pubrec', messageId: sent[1]?.messageId, reasonCode: 0x80 } as Packet)
  expect((await first.settled()).filter(({ cmd }) => cmd === 'pubrel')).toEqual([])
  await first.end()
  const other = await enter(gateway, 5, { clientId: 'other' })
  await subscribed(other, '$share/g/s', { qos: 2 })
  const again = await enter(gateway, 5, kept(5))
  expect([textsOf(await again.settled()), textsOf(await other.settled())]).toEqual([[], []])
  await Promise.all([again.end(), other.end()])
})

it('QoS 2 of a shared subscription is completed with the client it was begun with (MQTT5-4.8.2-4)', async () => {
  await using gateway = await standard()
  const first = await enter(gateway, 5, kept(5))
  await subscribed(first, '$share/g/s', { qos: 2 })
  first.send(publishPacket('s', 'x', { qos: 2, messageId: 1 }))
  const [sent] = await messagesOf(first, 1)
  const other = await enter(gateway, 5, { clientId: 'other' })
  await subscribed(other, '$share/g/s', { qos: 2 })
  first.drop()
  await expect.poll(() => gateway.codes()).toContain('connection-lost')
  expect(textsOf(await other.settled())).toEqual([])
  const again = await enter(gateway, 5, kept(5))
  expect(await messagesOf(again, 1)).toMatchObject([
    { messageId: sent?.messageId, payload: Buffer.from('x') },
  ])
  await Promise.all([again.end(), other.end()])
})

it('QoS 2 of a shared subscription goes to nobody else when the session ends (MQTT5-4.8.2-5)', async () => {
  await using gateway = await standard()
  const first = await enter(gateway, 5, kept(5))
  await subscribed(first, '$share/g/s', { qos: 2 })
  first.send(publishPacket('s', 'x', { qos: 2, messageId: 1 }))
  await messagesOf(first, 1)
  const other = await enter(gateway, 5, { clientId: 'other' })
  await subscribed(other, '$share/g/s', { qos: 2 })
  first.drop()
  await expect.poll(() => gateway.codes()).toContain('connection-lost')
  const fresh = await enter(gateway, 5, kept(5, { clean: true }))
  expect([textsOf(await other.settled()), textsOf(await fresh.settled())]).toEqual([[], []])
  await Promise.all([fresh.end(), other.end()])
})

it('a QoS 2 message that was sent does not expire (MQTT5-4.3.3-7)', async () => {
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  await using gateway = await startTestGateway({ profile: 'standard', now: () => clock.now })
  const first = await enter(gateway, 5, kept(5))
  await subscribed(first, 's', { qos: 2 })
  first.send(publishPacket('s', 'x', { qos: 2, messageId: 1, properties: { messageExpiryInterval: 5 } }))
  const [sent] = await messagesOf(first, 1)
  first.drop()
  await expect.poll(() => gateway.codes()).toContain('connection-lost')
  clock.now = new Date(clock.now.getTime() + 10_000)
  const again = await enter(gateway, 5, kept(5))
  expect(await messagesOf(again, 1)).toMatchObject([{ messageId: sent?.messageId }])
  await again.end()
})

describe.each<Version>([4, 5])('a will of level %i', (version) => {
  it('is published when the connection is lost (MQTT5-3.1.2-7, MQTT5-3.1.2-8, MQTT5-3.1.2-14, MQTT3-3.1.2-8, MQTT3-3.1.2-16)', async () => {
    await using gateway = await standard()
    const listener = await listen(gateway)
    const peer = await enter(gateway, version, { will })
    peer.drop()
    expect(await listener.next()).toMatchObject({ topic: 'will', payload: Buffer.from('bye'), retain: false })
    await listener.end()
    const late = await listen(gateway)
    expect(await late.settled()).toEqual([])
    await late.end()
  })

  it('is retained where it asks for it (MQTT5-3.1.2-15, MQTT3-3.1.2-17)', async () => {
    await using gateway = await standard()
    const listener = await listen(gateway)
    const peer = await enter(gateway, version, { will: { ...will, retain: true } })
    peer.drop()
    await listener.next()
    await listener.end()
    const late = await listen(gateway)
    expect(await late.next()).toMatchObject({ payload: Buffer.from('bye'), retain: true })
    await late.end()
  })

  it('is forgotten when the client takes its leave (MQTT5-3.1.2-10, MQTT5-3.14.4-3, MQTT3-3.1.2-10, MQTT3-3.14.4-3, MQTT3-3.1.2-12)', async () => {
    await using gateway = await standard()
    const listener = await listen(gateway)
    for (const clientId of ['with', 'without']) {
      const peer = await enter(gateway, version, { clientId, ...(clientId === 'with' && { will }) })
      peer.send({ cmd: 'disconnect' })
      await peer.rest()
      if (clientId === 'with') continue
      const dropped = await enter(gateway, version, { clientId })
      dropped.drop()
      await expect.poll(() => gateway.codes()).toContain('connection-lost')
    }
    expect(await listener.settled()).toEqual([])
    await listener.end()
  })
})

it('a will keeps its user properties in their order (MQTT5-3.1.3-10)', async () => {
  await using gateway = await standard()
  const heard: unknown[] = []
  using _listening = gateway.fabric.subscribe('123456789012', 'will', (message) => void heard.push(message))
  const properties = { userProperties: { z: ['1', '2'], a: '3' } }
  const peer = await enter(gateway, 5, { will: { ...will, properties } })
  peer.drop()
  await expect.poll(() => heard).toHaveLength(1)
  expect(heard[0]).toHaveProperty('properties.userProperties', [
    ['z', '1'],
    ['z', '2'],
    ['a', '3'],
  ])
})

describe('a will with a delay', () => {
  const delayed = kept(5, { will: { ...will, properties: { willDelayInterval: 60 } } })

  async function lose(gateway: TestGateway): Promise<void> {
    const peer = await enter(gateway, 5, delayed)
    peer.drop()
    await expect.poll(() => gateway.codes()).toContain('connection-lost')
  }

  it('comes once it has passed (MQTT5-3.1.2-8)', async () => {
    const clock = { now: new Date('2026-01-01T00:00:00Z') }
    await using gateway = await startTestGateway({ profile: 'standard', now: () => clock.now })
    const listener = await listen(gateway)
    await lose(gateway)
    expect(await listener.settled()).toEqual([])
    clock.now = new Date(clock.now.getTime() + 61_000)
    expect(await listener.next()).toMatchObject({ payload: Buffer.from('bye') })
    await listener.end()
  })

  it('does not come when the client is back before (MQTT5-3.1.3-9)', async () => {
    const clock = { now: new Date('2026-01-01T00:00:00Z') }
    await using gateway = await startTestGateway({ profile: 'standard', now: () => clock.now })
    const listener = await listen(gateway)
    await lose(gateway)
    const back = await enter(gateway, 5, kept(5))
    clock.now = new Date(clock.now.getTime() + 30_000)
    gateway.sessions.sweep()
    clock.now = new Date(clock.now.getTime() + 31_000)
    gateway.sessions.sweep()
    back.send({ cmd: 'pingreq' })
    expect(await listener.settled()).toEqual([])
    await Promise.all([back.end(), listener.end()])
  })
})
