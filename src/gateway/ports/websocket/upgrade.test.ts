import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, startTestGateway, type TestGateway } from '../testing/test-gateway.ts'
import {
  askUpgrade,
  deviceIdentity,
  failOnErrors,
  noIdentity,
  upgradeHead,
} from '../testing/test-websocket-client.ts'

let gateway: TestGateway
beforeEach(async () => {
  gateway = await startTestGateway({ limits: { maxPacketBytes: 20_000 } })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  failOnErrors(gateway)
})

describe('a request for a WebSocket is refused', () => {
  it.each<[string, number, Record<string, string | undefined>, string?]>([
    ['at another path', 404, {}, '/mqtts'],
    ['at a path below', 404, {}, '/mqtt/'],
    ['at the root', 404, {}, '/'],
    ['without a subprotocol', 400, { 'Sec-WebSocket-Protocol': undefined }],
    ['of an unknown subprotocol', 400, { 'Sec-WebSocket-Protocol': 'amqp, wamp' }],
    ['of a malformed subprotocol', 400, { 'Sec-WebSocket-Protocol': 'mqtt,,mqtt' }],
    ['of an old version', 426, { 'Sec-WebSocket-Version': '8' }],
    ['without a version', 426, { 'Sec-WebSocket-Version': undefined }],
    ['without a key', 400, { 'Sec-WebSocket-Key': undefined }],
    ['with a short key', 400, { 'Sec-WebSocket-Key': 'dGhl' }],
  ])('%s', async (_title, status, change, target) => {
    const answer = await askUpgrade(gateway.port, upgradeHead(target, change))
    expect(answer.status).toBe(status)
  })

  it('with another method', async () => {
    const [, ...rest] = upgradeHead()
    const answer = await askUpgrade(gateway.port, ['POST /mqtt HTTP/1.1', 'Content-Length: 0', ...rest])
    expect(answer.status).toBe(405)
  })

  it('without certificate and signature', async () => {
    const answer = await askUpgrade(gateway.port, upgradeHead(), noIdentity)
    expect(answer).toMatchObject({
      status: 403,
      text: expect.stringMatching(
        /x-amzn-ErrorType: MissingAuthenticationTokenException\n[^]*"message":"the request/,
      ),
    })
    await gateway.recorded('no-certificate')
  })

  it('with a signature when nobody knows identities', async () => {
    const target = '/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA'
    expect((await askUpgrade(gateway.port, upgradeHead(target))).status).toBe(403)
    await gateway.recorded('signature-refused')
  })
})

it.each([
  ['a certificate', deviceIdentity],
  ['no certificate', noIdentity],
])('answers 426 to a plain GET with %s', async (_title, identity) => {
  const head = ['GET /mqtt HTTP/1.1', 'Host: localhost', 'Connection: close']
  const answer = await askUpgrade(gateway.port, head, identity)
  expect(answer).toMatchObject({ status: 426, text: expect.stringMatching(/^upgrade: websocket$/im) })
})

it('answers an upgrade to something else as if it had not been asked for', async () => {
  const head = ['GET /retainedMessage HTTP/1.1', 'Host: a', 'Connection: Upgrade, close', 'Upgrade: h2c']
  const answer = await askUpgrade(gateway.port, head)
  expect(answer.status).toBe(200)
})

describe('what comes behind a request for a WebSocket', () => {
  const publish = ['POST /topics/smuggled HTTP/1.1', 'Host: a', 'Content-Length: 1', '', 'x'].join('\r\n')
  const length = { 'Content-Length': `${publish.length}` }

  it.each([
    ['(without an upgrade it is one)', ['GET /retainedMessage HTTP/1.1', 'Host: a'], ['smuggled']],
    ['that is refused', upgradeHead('/nothing')],
    ['that is refused, as its body', upgradeHead('/nothing', length)],
    ['that is granted', upgradeHead()],
    ['that is granted, as its body', upgradeHead('/mqtt', length)],
    ['that is behind another request', ['GET /retainedMessage HTTP/1.1', 'Host: a', '', ...upgradeHead()]],
  ])('%s is no request', async (_title, head, expected: string[] = []) => {
    const heard: string[] = []
    gateway.fabric.subscribe(accountId, '#', ({ topic }) => void heard.push(topic))
    const wire = await gateway.dial()
    wire.send(Buffer.from([...head, '', publish].join('\r\n')))
    wire.socket.end()
    await wire.closed
    expect(heard).toEqual(expected)
  })
})
