import { once } from 'node:events'
import { Agent } from 'node:https'
import { expect, it } from 'vitest'
import { accountId, device, dial, startTestGateway } from '../testing/test-gateway.ts'
import { ask, watch } from '../testing/test-https-client.ts'

it('judges the certificate once a connection, and each request by the policies of then', async () => {
  let admissions = 0
  await using gateway = await startTestGateway({ admit: async () => (admissions++, 'accept') })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  expect((await ask(gateway, '/topics/a', { agent })).status).toBe(200)
  gateway.policies.isAllowed = () => false
  expect((await ask(gateway, '/topics/a', { agent })).status).toBe(403)
  expect([admissions, gateway.policies.open]).toEqual([1, 1])
  agent.destroy()
})

it.each([
  ['REVOKED', 'certificate-revoked'],
  ['INACTIVE', 'certificate-inactive'],
  [undefined, 'certificate-inactive'],
] as const)('closes open connections of a certificate that becomes %s', async (status, code) => {
  await using gateway = await startTestGateway()
  const wire = await dial(gateway.httpsPort)
  wire.send(Buffer.from('POST /topics/a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'))
  await wire.receive(12)
  const change = { accountId, kind: 'certificate', id: device.certificateId } as const
  await gateway.fabric.announce(change, { ...change, id: 'f'.repeat(64) })
  expect(gateway.codes()).toEqual([])
  gateway.certificateStatuses.set(device.certificateId, status)
  await gateway.fabric.announce(change)
  expect(gateway.codes()).toEqual([code])
  await wire.closed
  expect(gateway.policies.open).toBe(0)
})

it('closes a connection whose certificate is revoked while it is judged', async () => {
  let judge: (() => void) | undefined
  const judged = new Promise<void>((resolve) => (judge = resolve))
  const asked = Promise.withResolvers<undefined>()
  await using gateway = await startTestGateway({
    admit: async () => (asked.resolve(undefined), await judged, 'accept' as const),
  })
  const answer = ask(gateway, '/topics/a')
  await asked.promise
  gateway.certificateStatuses.set(device.certificateId, 'REVOKED')
  await gateway.fabric.announce({ accountId, kind: 'certificate', id: device.certificateId })
  judge?.()
  await expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/)
  expect(gateway.codes()).toEqual(['certificate-revoked'])
  expect(gateway.policies.open).toBe(0)
})

it.each(['/topics/a', '/nothing', '/topics/%23'])(
  'gives a device that is not admitted an empty reply, whatever it asks for: %s',
  async (path) => {
    const requests: object[] = []
    await using gateway = await startTestGateway({
      admit: async (asked) => (requests.push(asked), 'close'),
    })
    const heard = watch(gateway)
    await expect(ask(gateway, path, { body: 'x'.repeat(200_000) })).rejects.toThrow(
      /socket hang up|ECONN|EPIPE/,
    )
    expect(requests).toMatchObject([
      { protocol: 'http', sourceIp: '127.0.0.1', certificate: { der: device.der } },
    ])
    expect(requests[0]).not.toHaveProperty('clientId')
    expect(heard).toEqual([])
  },
)

it.each(['expect: 100-continue', 'expect: nonsense', 'connection: keep-alive', 'upgrade: websocket'])(
  'sends a device that is not admitted no byte, also with "%s"',
  async (header) => {
    await using gateway = await startTestGateway({ admit: async () => 'close' })
    const wire = await dial(gateway.httpsPort)
    const head = `POST /topics/a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n${header}\r\n\r\n`
    wire.send(Buffer.from(head), Buffer.from('abc'), Buffer.from(head))
    expect((await wire.closed).length).toBe(0)
  },
)

it('lets an admitted device send the body it announced', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const wire = await dial(gateway.httpsPort)
  wire.send(
    Buffer.from('POST /topics/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n'),
  )
  expect((await wire.receive(25)).toString()).toMatch(/^HTTP\/1.1 100 Continue/)
  wire.send(Buffer.from('abc'))
  expect((await wire.receive(60)).toString()).toMatch(/HTTP\/1.1 200 OK/)
  expect(heard).toMatchObject([{ payload: Buffer.from('abc') }])
  wire.socket.destroy()
})

it('tells one who announces too much not to send it', async () => {
  await using gateway = await startTestGateway()
  const wire = await dial(gateway.httpsPort)
  wire.send(
    Buffer.from(
      'POST /topics/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 131073\r\n\r\n',
    ),
  )
  expect((await wire.closed).toString()).toMatch(/^HTTP\/1.1 413 /)
})

it('answers requests that come together in their order', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const wire = await dial(gateway.httpsPort)
  const post = (topic: string) => `POST /topics/${topic} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx`
  wire.send(
    Buffer.from(`${post('a')}${post('%23')}${post('b').replace('host: x', 'host: x\r\nconnection: close')}`),
  )
  const statuses = [...(await wire.closed).toString().matchAll(/HTTP\/1.1 (\d+)/g)].map(
    ([, status]) => status,
  )
  expect(statuses).toEqual(['200', '400', '200'])
  expect(heard.map(({ topic }) => topic)).toEqual(['a', 'b'])
})

it('tells a client without a certificate that it is forbidden', async () => {
  await using gateway = await startTestGateway({ admit: () => Promise.reject(new Error('not to be asked')) })
  expect(await ask(gateway, '/topics/a', { bare: true })).toMatchObject({
    status: 403,
    body: { message: 'Forbidden' },
  })
  expect(gateway.codes()).toEqual(['no-certificate'])
})

it.each([
  ['a head', 'POST /topics/a HTTP/1.1\r\n', { connectTimeoutMs: 30 }],
  ['a body', 'POST /topics/a HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc', { bodyTimeoutMs: 30 }],
  ['another request', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', { connectTimeoutMs: 30 }],
])('cuts off who takes too long over %s', async (_title, text, limits) => {
  await using gateway = await startTestGateway({ limits })
  const wire = await dial(gateway.httpsPort)
  wire.send(Buffer.from(text))
  await wire.closed
  expect(gateway.errors).toEqual([])
})

it.each([
  ['garbage', 'POST topics\r\n\r\n'],
  ['a head that is too large', `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['more requests than wait in line', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(4)],
])('closes at %s', async (_title, text) => {
  await using gateway = await startTestGateway({ limits: { maxWaitingRequests: 3 } })
  const wire = await dial(gateway.httpsPort)
  wire.send(Buffer.from(text))
  await wire.closed
  expect((await ask(gateway, '/topics/a')).status).toBe(200)
})

it('logs what is our own fault and closes, without a word of it', async () => {
  await using gateway = await startTestGateway({ admit: () => Promise.reject(new Error('a bug')) })
  await expect(ask(gateway, '/topics/a')).rejects.toThrow(/socket hang up|ECONNRESET/)
  expect(gateway.errors.length).toBe(1)
})

it('ends idle connections when it stops', async () => {
  const gateway = await startTestGateway()
  const wire = await dial(gateway.httpsPort)
  wire.send(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))
  await wire.receive(12)
  const ended = once(wire.socket, 'end')
  await gateway[Symbol.asyncDispose]()
  expect(await ended).toEqual([])
})
