import { describe, expect, it } from 'vitest'
import { connectPacket, packet, startTestGateway } from './testing/test-gateway.ts'

const connack = { v3: 4, v5: 3 }

/** The burst is ten seconds' worth. */
const burst = 10

describe('PUBLISH packets that come too fast', () => {
  it('are refused with 0x97 where MQTT 5 has an acknowledgement, and reach nobody', async () => {
    await using gateway = await startTestGateway({ limits: { maxPublishesPerSecond: 1 } })
    const heard: string[] = []
    gateway.fabric.subscribe('123456789012', 'a', ({ payload }) => void heard.push(String(payload)))
    const client = await gateway.connect({ protocolVersion: 5 })
    const codes: (number | undefined)[] = []
    for (let i = 0; i < burst + 2; i++) {
      const sent = await client.publishAsync('a', String(i), { qos: 1 }).then(
        () => 0,
        ({ code }: { code: number }) => code,
      )
      codes.push(sent)
    }
    expect(codes).toEqual([...Array.from({ length: burst }, () => 0), 0x97, 0x97])
    expect(heard).toHaveLength(burst)
    expect(gateway.codes().filter((code) => code === 'throttled')).toHaveLength(1)
    await client.endAsync()
  })

  it('are not acknowledged to an MQTT 3.1.1 client, which stays connected', async () => {
    await using gateway = await startTestGateway({ limits: { maxPublishesPerSecond: 1 } })
    const wire = await gateway.dial()
    wire.send(connectPacket.v3())
    for (let id = 1; id <= burst + 1; id++) wire.send(packet(0x32, 'a', 0, id))
    wire.send(0xc0, 0)
    const answered = await wire.receive(connack.v3 + burst * 4 + 2)
    expect(answered.subarray(-2)).toEqual(Buffer.from([0xd0, 0]))
    expect(answered.includes(Buffer.from([0x40, 2, 0, burst + 1]))).toBe(false)
    wire.socket.destroy()
  })

  it('are dropped without a word at QoS 0', async () => {
    await using gateway = await startTestGateway({ limits: { maxPublishesPerSecond: 1 } })
    let heard = 0
    gateway.fabric.subscribe('123456789012', 'a', () => void heard++)
    const client = await gateway.connect({ protocolVersion: 5 })
    for (let i = 0; i < burst * 2; i++) client.publish('a', 'x')
    await client.publishAsync('b', '', { qos: 1 }).catch(() => {})
    expect(heard).toBe(burst)
    await client.endAsync()
  })

  it('are taken when the rate is 0', async () => {
    await using gateway = await startTestGateway({ limits: { maxPublishesPerSecond: 0 } })
    const client = await gateway.connect({ protocolVersion: 5 })
    const all = Array.from({ length: 1500 }, () => client.publishAsync('a', 'x', { qos: 1 }))
    await expect(Promise.all(all)).resolves.toHaveLength(1500)
    await client.endAsync()
  })
})

describe('CONNECT packets that come too fast', () => {
  const limits = { maxConnectsPerSecondOfClientId: 1 }

  it('are refused for their client id, with its reason in the journal', async () => {
    await using gateway = await startTestGateway({ limits })
    for (let i = 0; i < burst; i++) await (await gateway.connect()).endAsync()
    await expect(gateway.connect()).rejects.toThrow("Couldn't connect to server")
    const { details } = await gateway.recorded('throttled')
    expect(details).toMatchObject({ error: 'the client id connects more than 1 times a second' })
  })

  it('do not keep another client id out', async () => {
    await using gateway = await startTestGateway({ limits })
    for (let i = 0; i <= burst; i++)
      await gateway.connect().then(
        (client) => client.endAsync(),
        () => {},
      )
    const other = await gateway.connect({ clientId: 'lamp-2' })
    expect(other.connected).toBe(true)
    await other.endAsync()
  })

  it('are refused for the account', async () => {
    await using gateway = await startTestGateway({ limits: { maxConnectsPerSecond: 0.1 } })
    await (await gateway.connect()).endAsync()
    await expect(gateway.connect({ clientId: 'lamp-2' })).rejects.toThrow("Couldn't connect to server")
  })
})

it('reads a client that sends too much later, and loses nothing', async () => {
  const clock = { time: Date.now() }
  const now = () => new Date(clock.time)
  await using gateway = await startTestGateway({ limits: { maxBytesPerSecond: 20_000 }, now })
  let heard = 0
  gateway.fabric.subscribe('123456789012', 'a', ({ payload }) => void (heard += payload.length))
  const client = await gateway.connect({ keepalive: 0 })
  const publish = () => client.publishAsync('a', Buffer.alloc(10_000), { qos: 1 })
  await Promise.all(Array.from({ length: 19 }, publish)) // within the burst of 200 kB
  const late = Promise.all(Array.from({ length: 21 }, publish)) // sockets hold some of it
  const other = await gateway.connect({ clientId: 'lamp-2' })
  for (let i = 0; i < 20; i++) await other.publishAsync('b', '', { qos: 1 }) // time enough to read it all
  expect(heard).toBeLessThan(400_000)
  const tick = setInterval(() => (clock.time += 500), 10)
  await late
  expect(heard).toBe(400_000)
  await Promise.all([client.endAsync(), other.endAsync()])
  clearInterval(tick)
})
