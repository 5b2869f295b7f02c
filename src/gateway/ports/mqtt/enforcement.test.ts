import { describe, expect, it } from 'vitest'
import {
  accountId,
  connectPacket,
  device,
  packet,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from '../testing/test-gateway.ts'

const everything = () => true
const allBut = (denied: string) => (action: string, resource: string) => `${action} ${resource}` !== denied
const message = (topic: string) =>
  ({ accountId, topic, payload: Buffer.from('x'), qos: 0, retain: false }) as const

async function connectRaw(gateway: TestGateway, bytes = connectPacket.v5('raw')) {
  const wire = await gateway.dial()
  wire.send(bytes)
  await gateway.recorded('connected')
  return wire
}

describe('iot:Connect', () => {
  it('ends a client that may not be connected any more, before the change is answered', async () => {
    await using gateway = await startTestGateway()
    const wire = await connectRaw(gateway)
    await gateway.policies.change(allBut('iot:Connect client/raw'))
    expect(gateway.gateway.stats().clients).toBe(0)
    const received = await wire.closed
    expect(received.subarray(-3).toString('hex')).toBe('e00187')
    expect(gateway.entries.at(-1)).toMatchObject({
      code: 'connect-no-longer-allowed',
      clientId: 'raw',
      thingName: 'lamp-thing',
      certificateId: device.certificateId,
      details: { action: 'iot:Connect', resource: 'arn:aws:iot:us-east-1:123456789012:client/raw' },
    })
  })

  it('publishes the will of a client that is ended so', async () => {
    await using gateway = await startTestGateway()
    const wills: string[] = []
    gateway.fabric.subscribe(accountId, 'last/words', ({ topic }) => wills.push(topic))
    await connectRaw(gateway, connectPacket.v3('raw', 6, 'last/words', 'bye'))
    await gateway.policies.change(allBut('iot:Connect client/raw'))
    expect(wills).toEqual(['last/words'])
  })

  it.each([
    ['is still allowed', everything],
    ['another client is not', allBut('iot:Connect client/other')],
    ['publishing is not', (action: string) => action !== 'iot:Publish'],
    [
      'publishing the will is not, which is asked for at CONNECT alone',
      allBut('iot:Publish topic/last/words'),
    ],
  ])('keeps a client when connecting %s', async (_what, isAllowed) => {
    await using gateway = await startTestGateway()
    await connectRaw(gateway, connectPacket.v3('raw', 6, 'last/words', 'bye'))
    await gateway.policies.change(isAllowed)
    expect(gateway.gateway.stats().clients).toBe(1)
    expect(gateway.codes()).toEqual(['connected'])
  })

  it('asks with the conditions of the CONNECT', async () => {
    await using gateway = await startTestGateway()
    await connectRaw(gateway, connectPacket.v3('raw', 6, 'last/words', 'bye'))
    let asked: unknown
    await gateway.policies.change((action, _resource, conditions) => {
      if (action === 'iot:Connect') asked = conditions
      return true
    })
    expect(asked).toEqual({
      'iot:ConnectAttributes': ['LastWill'],
      'iot:LastWillTopic': 'arn:aws:iot:us-east-1:123456789012:topic/last/words',
    })
  })

  it('ends a client whose policies changed between the decision and the CONNACK', async () => {
    await using gateway = await startTestGateway({
      isAllowed(action) {
        if (action === 'iot:Publish') {
          // the will is judged after iot:Connect: the change falls in between
          gateway.policies.isAllowed = (one) => one !== 'iot:Connect'
          gateway.policies.version++
        }
        return true
      },
    })
    const wire = await gateway.dial()
    wire.send(connectPacket.v3('raw', 6, 'last/words', 'bye'))
    await wire.closed
    expect(gateway.codes()).toEqual(['connected', 'connect-no-longer-allowed'])
  })

  it('judges clients anew whose policies ask for the time', async () => {
    let time = 0
    await using gateway = await startTestGateway({ now: () => new Date(time) })
    gateway.policies.canRemember = false
    await connectRaw(gateway)
    gateway.policies.isAllowed = (action) => action !== 'iot:Connect' // no announcement: only the time has passed
    time += 6000
    await gateway.recorded('connect-no-longer-allowed')
    expect(gateway.gateway.stats().clients).toBe(0)
  })

  it('ends all that one change concerns and serves the one it does not', async () => {
    await using gateway = await startTestGateway()
    const wires = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const wire = await gateway.dial()
        wire.send(connectPacket.v3(`raw-${index}`))
        await wire.receive(4)
        return wire
      }),
    )
    await gateway.policies.change(
      (action, resource) => action !== 'iot:Connect' || resource === 'client/raw-7',
    )
    expect(gateway.gateway.stats().clients).toBe(1)
    wires[7]?.send(packet(0xc0))
    await wires[7]?.receive(6)
    expect(gateway.codes().filter((code) => code === 'connect-no-longer-allowed').length).toBe(39)
  })
})

describe('iot:Subscribe', () => {
  it('takes a subscription away that is not allowed any more, and leaves the others', async () => {
    await using gateway = await startTestGateway()
    const unsubscribed: unknown[] = []
    gateway.fabric.subscribe(accountId, '$aws/events/subscriptions/unsubscribed/lamp-1', ({ payload }) =>
      unsubscribed.push((JSON.parse(Buffer.from(payload).toString()) as { topics: unknown }).topics),
    )
    const client = await gateway.connect()
    const heard: string[] = []
    client.on('message', (topic) => heard.push(topic))
    await client.subscribeAsync(['kept/#', 'lost/#'])
    await gateway.policies.change(allBut('iot:Subscribe topicfilter/lost/#'))
    for (const topic of ['lost/a', 'kept/a']) await gateway.fabric.publish(message(topic))
    await client.publishAsync('done', '', { qos: 1 }) // an answer: what was sent before has arrived
    expect(heard).toEqual(['kept/a'])
    expect(unsubscribed).toEqual([['lost/#']])
    const denials = gateway.entries.filter(({ code }) => code === 'subscription-no-longer-allowed')
    expect(denials).toMatchObject([{ clientId: 'lamp-1', details: { action: 'iot:Subscribe' } }])
    await client.endAsync()
  })

  it('records it once, and does not give it back when it is allowed again', async () => {
    await using gateway = await startTestGateway()
    const client = await gateway.connect()
    await client.subscribeAsync('lost/#')
    const denying = allBut('iot:Subscribe topicfilter/lost/#')
    for (const isAllowed of [denying, denying, everything]) await gateway.policies.change(isAllowed)
    const heard: string[] = []
    client.on('message', (topic) => heard.push(topic))
    await gateway.fabric.publish(message('lost/a'))
    await client.publishAsync('done', '', { qos: 1 })
    expect(heard).toEqual([])
    expect(gateway.codes()).toEqual(['connected', 'subscription-no-longer-allowed'])
    await client.endAsync()
  })

  it('is judged for a kept session when its client comes back, before anything that waits is sent', async () => {
    await using gateway = await startTestGateway()
    const session = { clean: false }
    const first = await gateway.connect(session)
    await first.subscribeAsync(['kept/#', 'lost/#'], { qos: 1 })
    await first.endAsync()
    await gateway.recorded('disconnected')
    await gateway.policies.change(allBut('iot:Subscribe topicfilter/lost/#'))
    expect(gateway.codes()).not.toContain('subscription-no-longer-allowed')
    const heard: string[] = []
    const second = await gateway.connect(session)
    second.on('message', (topic) => heard.push(topic))
    for (const topic of ['lost/a', 'kept/a']) await gateway.fabric.publish(message(topic))
    await second.publishAsync('done', '', { qos: 1 })
    expect(heard).toEqual(['kept/a'])
    expect(gateway.codes()).toEqual([
      'connected',
      'disconnected',
      'subscription-no-longer-allowed',
      'connected',
    ])
    await second.endAsync()
  })

  it('takes the last right to receive away without ending the subscription', async () => {
    await using gateway = await startTestGateway()
    const client = await gateway.connect()
    await client.subscribeAsync('a')
    await gateway.policies.change((action) => action !== 'iot:Receive')
    await gateway.fabric.publish(message('a'))
    expect(gateway.codes()).toEqual(['connected', 'receive-denied'])
    await client.endAsync()
  })
})

describe('certificates', () => {
  const announce = ({ fabric }: TestGateway) =>
    fabric.announce({ accountId, kind: 'certificate', id: device.certificateId })

  it.each([
    ['INACTIVE', 'certificate-inactive'],
    ['REVOKED', 'certificate-revoked'],
    ['PENDING_TRANSFER', 'certificate-pending-transfer'],
    [undefined, 'certificate-deleted'],
  ] as const)('ends the connections of one whose status becomes %s', async (status, code) => {
    await using gateway = await startTestGateway()
    const wire = await connectRaw(gateway)
    gateway.certificateStatuses.set(device.certificateId, status)
    await announce(gateway)
    expect(gateway.gateway.stats().clients).toBe(0)
    expect(gateway.codes()).toEqual(['connected', code])
    expect((await wire.closed).subarray(-3).toString('hex')).toBe('e00187')
  })

  it('keeps the connections of one that is ACTIVE', async () => {
    await using gateway = await startTestGateway()
    await connectRaw(gateway)
    await announce(gateway)
    expect(gateway.gateway.stats().clients).toBe(1)
  })

  it.each([
    { accountId: '210987654321', kind: 'certificate', id: device.certificateId },
    { accountId, kind: 'certificate', id: 'another' },
    { accountId, kind: 'ca-certificate', id: device.certificateId },
  ] as const)('does not mind a change of $kind $id in account $accountId', async (change) => {
    await using gateway = await startTestGateway()
    await connectRaw(gateway)
    gateway.certificateStatuses.set(device.certificateId, 'REVOKED')
    await gateway.fabric.announce(change)
    expect(gateway.gateway.stats().clients).toBe(1)
  })
})

describe('revocation lists', () => {
  const start = (isRevoked: NonNullable<TestGatewayOptions['revocations']>['isRevoked']) =>
    startTestGateway({ certificate: { caCertificateId: 'ca-1' }, revocations: { isRevoked } })

  it('ends the connections that a new list names', async () => {
    const asked: unknown[] = []
    await using gateway = await start((...question) => {
      asked.push(question)
      return true
    })
    await connectRaw(gateway)
    await gateway.fabric.announce({ accountId, kind: 'revocation-list', id: 'ca-1' })
    expect(gateway.gateway.stats().clients).toBe(0)
    expect(gateway.codes()).toEqual(['connected', 'revoked-by-crl'])
    expect(asked).toEqual([[accountId, 'ca-1', expect.stringMatching(/^[0-9A-F]+$/)]])
  })

  it('keeps a client out that a list names which came into force while its CONNECT was judged', async () => {
    let isRevoked = false
    await using gateway = await startTestGateway({
      certificate: { caCertificateId: 'ca-1' },
      revocations: { isRevoked: () => isRevoked },
      onAuthorize() {
        isRevoked = true // admission has let it in
        void gateway.fabric.announce({ accountId, kind: 'revocation-list', id: 'ca-1' })
      },
    })
    const wire = await gateway.dial()
    wire.send(connectPacket.v5('raw'))
    await wire.closed
    expect(gateway.codes()).toEqual(['revoked-by-crl'])
  })

  it.each([
    ['does not name it', 'ca-1', false],
    ['is that of another CA', 'ca-2', true],
  ])('keeps a connection when the list %s', async (_what, id, isNamed) => {
    await using gateway = await start(() => isNamed)
    await connectRaw(gateway)
    await gateway.fabric.announce({ accountId, kind: 'revocation-list', id })
    expect(gateway.gateway.stats().clients).toBe(1)
  })
})
