import type { MqttClient } from 'mqtt'
import { expect, it } from 'vitest'
import { enter } from './testing/test-clients.ts'
import { connectPacket, packet, startTestGateway, type Wire } from './testing/test-gateway.ts'
import { allBut } from './testing/test-policies.ts'

const next = (client: MqttClient) =>
  new Promise<{ topic: string; text: string; qos: number; retain: boolean; properties: object | undefined }>(
    (resolve) =>
      client.once('message', (topic, payload, { qos, retain, properties }) =>
        resolve({ topic, text: payload.toString(), qos, retain, properties }),
      ),
  )

it.each([
  { from: 4, to: 4, qos: 0 },
  { from: 4, to: 5, qos: 0 },
  { from: 5, to: 4, qos: 1 },
  { from: 5, to: 5, qos: 1 },
] as const)('brings a QoS $qos message from MQTT level $from to level $to', async ({ from, to, qos }) => {
  await using gateway = await startTestGateway()
  const receiver = await gateway.connect({ protocolVersion: to, clientId: 'receiver' })
  const sender = await gateway.connect({ protocolVersion: from, clientId: 'sender' })
  const granted = await receiver.subscribeAsync('lamps/+/state', { qos: 1 })
  expect(granted).toMatchObject([{ topic: 'lamps/+/state', qos: 1 }])
  const message = next(receiver)
  await sender.publishAsync('lamps/1/state', 'on', { qos })
  expect(await message).toMatchObject({ topic: 'lamps/1/state', text: 'on', qos, retain: false })
  receiver.end()
  sender.end()
})

it('carries the MQTT 5 properties of a message', async () => {
  await using gateway = await startTestGateway()
  const client = await gateway.connect({ protocolVersion: 5 })
  await client.subscribeAsync('a', { qos: 1 })
  const message = next(client)
  const properties = {
    contentType: 'text/plain',
    responseTopic: 'answers',
    correlationData: Buffer.from('7'),
    payloadFormatIndicator: true,
    messageExpiryInterval: 60,
    userProperties: { colour: ['red', 'green'], __proto__x: '1' },
  }
  await client.publishAsync('a', 'x', { qos: 1, properties })
  const received = await message
  expect(received.properties).toMatchObject({ ...properties, userProperties: { colour: ['red', 'green'] } })
  client.end()
})

it('delivers at the lower of both QoS, and once to a client whose filters overlap', async () => {
  await using gateway = await startTestGateway()
  const client = await gateway.connect()
  await client.subscribeAsync('a/+', { qos: 0 })
  await client.subscribeAsync('a/#', { qos: 1 })
  const received: [string, number][] = []
  client.on('message', (topic, _payload, { qos }) => received.push([topic, qos]))
  await client.publishAsync('a/1', 'x', { qos: 1 })
  await client.publishAsync('a/2', 'x', { qos: 0 })
  await client.unsubscribeAsync('a/#')
  await client.publishAsync('a/3', 'x', { qos: 1 })
  await client.unsubscribeAsync('a/+')
  await client.publishAsync('a/4', 'x', { qos: 1 })
  expect(received).toEqual([
    ['a/1', 1],
    ['a/2', 0],
    ['a/3', 0],
  ])
  client.end()
})

it('does not send a client its own messages when it asked for no local', async () => {
  await using gateway = await startTestGateway()
  const client = await gateway.connect({ protocolVersion: 5 })
  await client.subscribeAsync('a', { qos: 1, nl: true })
  await client.subscribeAsync('b', { qos: 1 })
  const message = next(client)
  await client.publishAsync('a', 'own', { qos: 1 })
  await client.publishAsync('b', 'other', { qos: 1 })
  expect((await message).text).toBe('other')
  client.end()
})

it('takes the retain flag when iot:RetainPublish is granted, and delivers without it', async () => {
  await using gateway = await startTestGateway(allBut('iot:RetainPublish topic/kept'))
  const client = await gateway.connect()
  await client.subscribeAsync('a', { qos: 1 })
  const message = next(client)
  await client.publishAsync('a', 'x', { qos: 1, retain: true })
  expect((await message).retain).toBe(false)
  client.publish('kept', 'x', { qos: 1, retain: true })
  expect((await gateway.recorded('publish-denied')).details).toMatchObject({ action: 'iot:RetainPublish' })
})

it('judges each filter of a SUBSCRIBE on its own, and subscribes to those it grants', async () => {
  await using gateway = await startTestGateway(allBut('iot:Subscribe topicfilter/denied'))
  const wire = await enter(gateway, 'v5')
  wire.send(packet(0x82, 0, 1, 0, 'good', 0, 'denied', 1, '$SYS/a', 1, 'better', 1))
  expect(await wire.read(9)).toBe('90070001000087' + '8f01')
  void gateway.fabric.publish({
    accountId: '123456789012',
    topic: 'good',
    payload: Buffer.from('x'),
    qos: 1,
    retain: false,
  })
  expect((await wire.read(19)).slice(18)).toBe('30080004' + Buffer.from('good').toString('hex') + '0078')
  wire.socket.destroy()
})

it('grants 50 subscriptions on a connection and 8 in a packet', async () => {
  await using gateway = await startTestGateway()
  const wire = await enter(gateway, 'v3')
  for (let id = 1; id <= 50; id++) wire.send(packet(0x82, 0, id, `t/${id}`, 1))
  wire.send(packet(0x82, 0, 51, 't/51', 1), packet(0x82, 0, 52, 't/50', 0))
  const answers = await wire.read(52 * 5)
  expect(answers.slice(-30)).toBe('9003003201' + '9003003380' + '9003003400')
  const nine = Array.from({ length: 9 }, (_, index) => [`t/${index}`, 0] as const).flat()
  wire.send(packet(0x82, 0, 53, ...nine))
  expect((await wire.read(52 * 5 + 13)).slice(-18)).toBe('80'.repeat(9))
  expect((await gateway.recorded('limit-exceeded')).details).toBeDefined()
  wire.socket.destroy()
})

it('refuses a payload above 128 kB and takes one of exactly that', async () => {
  await using gateway = await startTestGateway()
  const client = await gateway.connect({ protocolVersion: 5 })
  await client.subscribeAsync('a', { qos: 1 })
  const message = next(client)
  await client.publishAsync('a', Buffer.alloc(131_072, 'x'), { qos: 1 })
  expect((await message).text.length).toBe(131_072)
  await expect(client.publishAsync('a', Buffer.alloc(131_073), { qos: 1 })).rejects.toThrow(/quota/i)
  expect(gateway.codes()).toEqual(['connected', 'limit-exceeded'])
  client.end()
})

it('asks iot:Receive for each delivery and records a denial once a topic', async () => {
  await using gateway = await startTestGateway(allBut('iot:Receive topic/a/secret'))
  const client = await gateway.connect()
  await client.subscribeAsync('a/#', { qos: 1 })
  const message = next(client)
  await client.publishAsync('a/secret', '1', { qos: 1 })
  await client.publishAsync('a/secret', '2', { qos: 1 })
  await client.publishAsync('a/open', '3', { qos: 1 })
  expect((await message).text).toBe('3')
  expect(gateway.codes()).toEqual(['connected', 'receive-denied'])
  expect(gateway.entries[1]?.details).toMatchObject({ action: 'iot:Receive' })
  client.end()
})

it('feels a changed policy with the next packet', async () => {
  await using gateway = await startTestGateway()
  const wire = await enter(gateway, 'v5')
  const publish = packet(0x32, 'a', 0, 7, 0) // QoS 1, packet id 7, no properties
  wire.send(publish)
  expect(await wire.read(4)).toBe('40020007')
  gateway.policies.isAllowed = () => false
  gateway.policies.version++
  wire.send(publish)
  expect(await wire.read(9)).toBe('40020007' + '4003000787')
  wire.socket.destroy()
})

it('keeps at most the receive maximum of a client unacknowledged, and the rest in order', async () => {
  await using gateway = await startTestGateway()
  const wire = await gateway.dial()
  wire.send(packet(0x10, 'MQTT', 5, 2, 0, 60, 3, 0x21, 0, 2, 'raw'), packet(0x82, 0, 1, 0, 'a', 1))
  const skip = (await wire.receive(29)).length
  const send = (text: string) =>
    void gateway.fabric.publish({
      accountId: '123456789012',
      topic: 'a',
      payload: Buffer.from(text),
      qos: 1,
      retain: false,
    })
  for (const text of '1234') send(text)
  const form = (id: number, text: string) =>
    `32070001610${`00${id}`.slice(-3)}00${Buffer.from(text).toString('hex')}`
  const sent = async (bytes: number) => (await wire.receive(skip + bytes)).subarray(skip).toString('hex')
  expect(await sent(18)).toBe(form(1, '1') + form(2, '2'))
  wire.send(packet(0x40, 0, 2), packet(0x40, 0, 9), packet(0xc0))
  expect((await sent(29)).slice(36)).toBe(form(3, '3') + 'd000')
  wire.socket.destroy()
})

it('does not send a client packets above its maximum packet size', async () => {
  await using gateway = await startTestGateway()
  const client = await gateway.connect({ protocolVersion: 5, properties: { maximumPacketSize: 100 } })
  await client.subscribeAsync('a', { qos: 1 })
  const message = next(client)
  const sender = await gateway.connect({ clientId: 'sender' })
  await sender.publishAsync('a', 'x'.repeat(200), { qos: 1 })
  await sender.publishAsync('a', 'small', { qos: 1 })
  expect((await message).text).toBe('small')
  client.end()
  sender.end()
})

it('drops QoS 0 messages for a client that does not read, and cuts it off when QoS 1 piles up for long', async () => {
  await using gateway = await startTestGateway({
    limits: { maxQueuedMessages: 10, maxOutboundBytes: 10_000, maxStalledMs: 50 },
  })
  const wire: Wire = await gateway.dial()
  wire.send(connectPacket.v3('lazy'), packet(0x82, 0, 1, 'a', 1))
  await wire.receive(9)
  wire.socket.pause()
  const payload = Buffer.alloc(100_000)
  const send = (qos: 0 | 1) =>
    void gateway.fabric.publish({ accountId: '123456789012', topic: 'a', payload, qos, retain: false })
  for (let count = 0; count < 1000; count++) send(0)
  expect((await gateway.recorded('messages-dropped')).details).toMatchObject({ topic: 'a' })
  expect(gateway.codes()).toEqual(['connected', 'messages-dropped'])
  while (!gateway.codes().includes('limit-exceeded')) {
    send(1)
    await new Promise(setImmediate)
  }
  expect((await gateway.recorded('limit-exceeded')).details?.['error']).toContain('too many messages')
  wire.socket.destroy()
})
