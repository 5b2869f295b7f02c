/** Custom authorizers over HTTPS and WebSocket. Source: AWS IoT Developer Guide, "Custom authentication". */
import { Agent, request } from 'node:https'
import { UpdateAuthorizerCommand } from '@aws-sdk/client-iot'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { makeSigner } from '../../src/rights/authorizers/testing/test-keys.ts'
import { answerOf, createAuthorizer, createGate, gateFunction, naming } from '../helpers/authorizers.ts'
import { connectOperator } from '../helpers/device.ts'
import { logOf } from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

const signer = makeSigner()
const signing = { tokenKeyName: 'token', tokenSigningPublicKeys: { one: signer.publicKey } }
const signatureKey = 'x-amz-customauthorizer-signature'
const base64 = (text: string) => Buffer.from(text).toString('base64')

let server: TestServer
let operator: MqttClient
const heard: { topic: string; payload: string }[] = []
let count = 0
let topic: string
beforeAll(async () => {
  server = await startTestServer({}, { maxConnectsPerSecondOfClientId: 0 })
  await createGate(server)
  await createAuthorizer(server, 'gate')
  await createAuthorizer(server, 'signed', signing)
  await createAuthorizer(server, 'keeper', { signingDisabled: true, enableCachingForHttp: true })
  operator = await connectOperator(server)
  operator.on('message', (name, payload) => heard.push({ topic: name, payload: payload.toString() }))
  await operator.subscribeAsync('t/#', { qos: 1 })
})
afterAll(async () => {
  await operator.endAsync()
  await server[Symbol.asyncDispose]()
})
beforeEach(() => {
  topic = `t/${++count}`
})

interface Asked {
  path?: string
  method?: string
  query?: string
  headers?: Record<string, string>
  agent?: Agent
  body?: string
}

const tls = () => ({ ca: server.rootCa, servername: server.endpoints.endpoint })

function ask({ path = `/topics/${topic}`, method = 'POST', query = '', headers, agent, body = 'x' }: Asked) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const target = `${path}?qos=1${query === '' ? '' : `&${query}`}`
    const options = { host: '127.0.0.1', port: server.endpoints.httpsPort, method, path: target, ...tls() }
    const asking = request({ ...options, headers, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode!, body: text }))
    })
    asking.on('error', reject).end(method === 'POST' ? body : undefined)
  })
}

const statusOf = async (asked: Asked) => (await ask(asked)).status
const newest = async () => {
  const question = { service: 'muster', method: 'GET', path: '/muster/v1/refusals?limit=5' } as const
  return (await signedRequest(targetOf(server), question)) as { entries: { code: string }[] }
}
const named = (authorizer: string, answer = answerOf(), more: Record<string, string> = {}) => ({
  'x-amz-customauthorizer-name': authorizer,
  'x-answer': base64(answer),
  ...more,
})
const callsOf = async () =>
  (await logOf(server, `/aws/lambda/${gateFunction}`)).split('\n').filter((line) => line.includes('EVENT '))
    .length

describe('a request over HTTPS', () => {
  it('is let in by headers', async () => {
    expect(await ask({ headers: named('gate') })).toMatchObject({
      status: 200,
      body: expect.stringContaining('OK') as string,
    })
    await expect.poll(() => heard.find((message) => message.topic === topic)).toEqual({ topic, payload: 'x' })
  })

  it('is let in by the query string, with a signed token', async () => {
    const { username } = { username: naming('signed', { token: 'a+b', [signatureKey]: signer.sign('a+b') }) }
    expect(await statusOf({ query: username.slice(1), headers: { 'X-Answer': base64(answerOf()) } })).toBe(
      200,
    )
  })

  it('is let in by headers with a signed token, whatever their case', async () => {
    const headers = named('signed', answerOf(), {
      Token: 'abc',
      'X-Amz-CustomAuthorizer-Signature': signer.sign('abc'),
    })
    expect(await statusOf({ headers })).toBe(200)
  })

  it.each<[string, () => Asked]>([
    ['without anything', () => ({})],
    ['that names nobody', () => ({ headers: named('none') })],
    ['that is not authenticated', () => ({ headers: named('gate', '{"isAuthenticated":false}') })],
    ['for which the function fails', () => ({ headers: named('gate', 'throw') })],
    ['without a token', () => ({ headers: named('signed') })],
    ['without a signature', () => ({ headers: named('signed', answerOf(), { token: 'abc' }) })],
    [
      'with a wrong signature',
      () => ({ headers: named('signed', answerOf(), { token: 'abc', [signatureKey]: signer.sign('abd') }) }),
    ],
    ['that no policy allows', () => ({ headers: named('gate', answerOf({ policyDocuments: [] })) })],
    ['for a shadow', () => ({ path: '/things/a/shadow', headers: named('gate') })],
    ['that reads', () => ({ method: 'GET', path: '/retainedMessage/a', headers: named('gate') })],
  ])('%s is answered 403', async (_, asked) => {
    expect(await statusOf(asked())).toBe(403)
    expect(heard.filter((message) => message.topic === topic)).toEqual([])
  })

  it('names the reason in the journal, and nothing that was shown', async () => {
    const headers = named('signed', answerOf(), { token: 'sesame', [signatureKey]: 'c2lnbmF0dXJl' })
    await statusOf({ headers })
    const { entries } = await newest()
    expect(entries).toContainEqual(
      expect.objectContaining({
        code: 'authorizer-signature-invalid',
        details: expect.objectContaining({ authorizer: 'signed', protocol: 'HTTPS' }) as object,
      }),
    )
    expect(JSON.stringify(entries)).not.toMatch(/sesame|c2lnbmF0dXJl/)
  })

  it('asks the function each time', async () => {
    const before = await callsOf()
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...tls() })
    for (let time = 0; time < 2; time++) expect(await statusOf({ agent, headers: named('gate') })).toBe(200)
    agent.destroy()
    await expect.poll(callsOf).toBe(before + 2)
  })
})

describe('an authorizer that lets answers be kept', () => {
  it('is asked once for one connection and the same credentials', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...tls() })
    const before = await callsOf()
    for (const body of ['a', 'bcd', ''])
      expect(await statusOf({ agent, body, headers: named('keeper') })).toBe(200)
    const other = named('keeper', answerOf({ principalId: 'bob' }))
    expect(await statusOf({ agent, headers: other })).toBe(200)
    expect(await statusOf({ agent, headers: named('keeper', '{"isAuthenticated":false}') })).toBe(403)
    await expect.poll(callsOf).toBe(before + 3)
    expect(await statusOf({ agent: new Agent(tls()), headers: other })).toBe(200)
    await expect.poll(callsOf).toBe(before + 4)
    agent.destroy()
  })

  it('lets nobody in any more once it is INACTIVE', async () => {
    await createAuthorizer(server, 'shut', { signingDisabled: true, enableCachingForHttp: true })
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...tls() })
    expect(await statusOf({ agent, headers: named('shut') })).toBe(200)
    await server.iot.send(new UpdateAuthorizerCommand({ authorizerName: 'shut', status: 'INACTIVE' }))
    expect(await statusOf({ agent, headers: named('shut') })).toBe(403)
    agent.destroy()
  })
})

interface Opened {
  query?: string
  headers?: Record<string, string>
  username?: string
  password?: string
  protocolVersion?: 4 | 5
}

/** @throws {Error} what the WebSocket, or CONNECT, was refused with */
function open({
  query = '',
  headers = {},
  username,
  password,
  protocolVersion = 4,
}: Opened): Promise<MqttClient> {
  const client = mqtt.connect(`wss://127.0.0.1:${server.endpoints.httpsPort}/mqtt${query}`, {
    ...tls(),
    clientId: `browser-${count}`,
    protocolVersion,
    reconnectPeriod: 0,
    wsOptions: { headers, ...tls() },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  })
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client))
    client.once('error', (error) => reject(error))
    client.once('close', () => reject(new Error('closed')))
  })
}

describe.each([4, 5] as const)('a WebSocket, MQTT level %i', (protocolVersion) => {
  it.each<[string, () => Opened]>([
    ['headers', () => ({ headers: named('gate') })],
    ['the query string', () => ({ query: naming('gate'), headers: { 'x-answer': base64(answerOf()) } })],
    [
      'a signed token',
      () => ({ headers: named('signed', answerOf(), { token: 'abc', [signatureKey]: signer.sign('abc') }) }),
    ],
    ['user name and password', () => ({ username: naming('gate'), password: answerOf() })],
  ])('is let in by %s', async (_, opened) => {
    const client = await open({ ...opened(), protocolVersion })
    await client.publishAsync(topic, 'ws', { qos: 1 })
    await client.endAsync()
    const { entries } = await server.report(`browser-${count}`)
    expect(entries[0]).toMatchObject({ code: 'connected', details: { principalId: 'ann' } })
  })

  it.each<[string, () => Opened]>([
    ['with nothing', () => ({})],
    ['with a wrong password', () => ({ username: naming('gate'), password: 'x' })],
    ['without a token', () => ({ username: naming('signed'), password: answerOf() })],
    ['that may not connect', () => ({ headers: named('gate', answerOf({ policyDocuments: [] })) })],
  ])('%s is closed', async (_, opened) => {
    await expect(open({ ...opened(), protocolVersion })).rejects.toThrow('closed')
  })
})

it.each<[string, Record<string, string>]>([
  ['that names nobody', named('none')],
  ['that is not authenticated', named('gate', '{"isAuthenticated":false}')],
  ['for which the function fails', named('gate', 'throw')],
  ['without a signature', named('signed', answerOf(), { token: 'abc' })],
  ['with a signature alone', named('signed', answerOf(), { [signatureKey]: signer.sign('abc') })],
])('a request for a WebSocket %s is answered 403', async (_, shown) => {
  const headers = {
    ...shown,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': base64('0123456789abcdef'),
    'sec-websocket-protocol': 'mqtt',
  }
  expect(await statusOf({ method: 'GET', path: '/mqtt', headers })).toBe(403)
})
