/** Custom authorizers over MQTT, their functions being run. Source: AWS IoT Developer Guide, "Custom authentication". */
import {
  ClearDefaultAuthorizerCommand,
  CreateAuthorizerCommand,
  SetDefaultAuthorizerCommand,
  UpdateAuthorizerCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeSigner } from '../../src/rights/authorizers/testing/test-keys.ts'
import {
  allowAll,
  answerOf,
  createAuthorizer,
  createGate,
  gateFunction,
  login,
  naming,
  type Login,
} from '../helpers/authorizers.ts'
import { closed, connectOperator, listen } from '../helpers/device.ts'
import { eventually, logOf } from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

const signer = makeSigner()
const signing = { tokenKeyName: 'token', tokenSigningPublicKeys: { one: signer.publicKey } }
const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource })

let server: TestServer
let clientId: string
let count = 0
beforeAll(async () => {
  server = await startTestServer({}, { maxConnectsPerSecondOfClientId: 0 })
  await createGate(server)
  await createAuthorizer(server, 'gate')
  await createAuthorizer(server, 'signed', signing)
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  clientId = `client-${++count}`
})

const come = (more: Login) => login(server, { clientId, username: naming('gate'), ...more })
const entriesOf = async () => (await server.report(clientId)).entries
const codes = async () => (await entriesOf()).map(({ code }) => code)
const lastEntry = async () => (await entriesOf()).at(-1)
const refusedBy = async (more: Login) => {
  await expect(come(more)).rejects.toThrow('closed')
  return await lastEntry()
}
const arn = (resource: string) =>
  `arn:aws:iot:${server.endpoints.region}:${server.endpoints.accountId}:${resource}`

describe.each([4, 5] as const)('a client of MQTT level %i', (protocolVersion) => {
  it('comes by user name and password', async () => {
    const client = await come({ username: naming('gate', {}, 'ann'), password: answerOf(), protocolVersion })
    expect(await lastEntry()).toMatchObject({
      code: 'connected',
      clientId,
      details: { authorizer: 'gate', principalId: 'ann' },
    })
    await client.endAsync()
  })

  it('comes with a signed token', async () => {
    const username = naming('signed', {
      token: 'abc',
      'x-amz-customauthorizer-signature': signer.sign('abc'),
    })
    const client = await come({ username, password: answerOf(), protocolVersion })
    await client.endAsync()
    expect(await codes()).toEqual(['connected', 'disconnected'])
  })

  it('is refused without a word', async () => {
    expect(await refusedBy({ password: 'wrong', protocolVersion })).toMatchObject({
      code: 'authorizer-denied',
    })
  })
})

it('tells the function all that the client showed', async () => {
  const username = naming(
    'signed',
    { token: 'a b', 'x-amz-customauthorizer-signature': signer.sign('a b') },
    'ann',
  )
  const client = await come({ username, password: answerOf() })
  await client.endAsync()
  const event = await eventually(async () => {
    const log = await logOf(server, `/aws/lambda/${gateFunction}`)
    const line = log.split('\n').find((one) => one.includes(`"clientId":"${clientId}"`))
    return line === undefined ? undefined : (JSON.parse(line.slice(line.indexOf('EVENT ') + 6)) as object)
  })
  expect(event).toEqual({
    token: 'a b',
    signatureVerified: true,
    protocols: ['tls', 'mqtt'],
    protocolData: {
      tls: { serverName: server.endpoints.endpoint },
      mqtt: { username, password: Buffer.from(answerOf()).toString('base64'), clientId },
    },
    connectionMetadata: { id: expect.stringMatching(/^[\da-f-]{36}$/) as string },
  })
})

describe('is kept out', () => {
  it.each<[string, string, Login]>([
    ['who names an authorizer that is not there', 'authorizer-not-found', { username: naming('none') }],
    ['without a token', 'authorizer-token-missing', { username: naming('signed') }],
    ['without a signature', 'authorizer-token-missing', { username: naming('signed', { token: 'abc' }) }],
    [
      'with a signature of another token',
      'authorizer-signature-invalid',
      {
        username: naming('signed', { token: 'abc', 'x-amz-customauthorizer-signature': signer.sign('abd') }),
      },
    ],
    [
      'with a signature of another key',
      'authorizer-signature-invalid',
      {
        username: naming('signed', {
          token: 'abc',
          'x-amz-customauthorizer-signature': makeSigner().sign('abc'),
        }),
      },
    ],
    ['for whom the function fails', 'authorizer-function-failed', { password: 'throw' }],
    ['who is not authenticated', 'authorizer-denied', { password: '{"isAuthenticated":false}' }],
    ['with an empty password', 'authorizer-denied', { password: '' }],
    [
      'by an answer without a principal',
      'authorizer-answer-invalid',
      { password: answerOf({ principalId: '' }) },
    ],
    [
      'by an answer with a bad policy',
      'authorizer-answer-invalid',
      { password: answerOf({ policyDocuments: ['{'] }) },
    ],
    ['who names no authorizer where there is no default', 'no-certificate', { username: 'ann' }],
    ['who sends nothing', 'no-certificate', { username: '' }],
    [
      'without the ALPN protocol',
      'no-certificate',
      { password: answerOf(), mqtt: { ALPNProtocols: ['x-amzn-mqtt-ca'] } },
    ],
    ['whom no policy lets connect', 'connect-denied', { password: answerOf({ policyDocuments: [] }) }],
  ])('%s: %s', async (_, code, more) => {
    expect(await refusedBy({ password: answerOf(), ...more })).toMatchObject({ code })
  })

  it('by an authorizer that is INACTIVE', async () => {
    await createAuthorizer(server, 'closed', { signingDisabled: true, status: 'INACTIVE' })
    const entry = await refusedBy({ username: naming('closed'), password: answerOf() })
    expect(entry).toMatchObject({ code: 'authorizer-inactive', details: { authorizer: 'closed' } })
  })

  it('by a function that may not be called for this authorizer', async () => {
    const authorizerFunctionArn = `arn:aws:lambda:${server.endpoints.region}:${server.endpoints.accountId}:function:${gateFunction}`
    const input = { authorizerName: 'unpermitted', authorizerFunctionArn, signingDisabled: true }
    await server.iot.send(new CreateAuthorizerCommand(input))
    const entry = await refusedBy({ username: naming('unpermitted'), password: answerOf() })
    expect(entry).toMatchObject({
      code: 'authorizer-not-permitted',
      details: { function: authorizerFunctionArn },
    })
  })

  it('and nothing that was shown is in the journal', async () => {
    const username = naming('signed', { token: 'sesame', 'x-amz-customauthorizer-signature': 'c2lnbmF0dXJl' })
    await refusedBy({ username, password: 'pass-word' })
    expect(JSON.stringify(await entriesOf())).not.toMatch(/sesame|c2lnbmF0dXJl|pass-word/)
  })
})

describe('the default authorizer', () => {
  beforeAll(() => server.iot.send(new SetDefaultAuthorizerCommand({ authorizerName: 'gate' })))
  afterAll(() => server.iot.send(new ClearDefaultAuthorizerCommand({})))

  it('judges who names none', async () => {
    const client = await come({ username: 'ann', password: answerOf() })
    await client.endAsync()
    expect(await codes()).toEqual(['connected', 'disconnected'])
  })

  it('judges who sends nothing', async () => {
    expect(await refusedBy({ username: '' })).toMatchObject({ code: 'authorizer-denied' })
  })

  it('is not asked about who shows a certificate', async () => {
    const client = await connectOperator(server, clientId)
    expect((await lastEntry())?.details).not.toHaveProperty('authorizer')
    await client.endAsync()
  })
})

describe('the policies that the function returns', () => {
  it('are what the client may do, and no more', async () => {
    const password = answerOf(
      {},
      allow('iot:Connect', arn('client/${iot:ClientId}')),
      allow('iot:Publish', arn('topic/of/${iot:ClientId}')),
      allow('iot:Subscribe', arn('topicfilter/of/*')),
    )
    const client = await come({ password, protocolVersion: 5 })
    await client.publishAsync(`of/${clientId}`, 'x', { qos: 1 })
    await expect(client.publishAsync('of/others', 'x', { qos: 1 })).rejects.toThrow('Not authorized')
    await expect(client.subscribeAsync('all/#')).rejects.toThrow('Not authorized')
    await client.subscribeAsync(`of/${clientId}`)
    await client.endAsync()
    const denied = (await entriesOf()).find(({ code }) => code === 'publish-denied')
    expect(denied?.details).toMatchObject({ authorizer: 'gate', resource: arn('topic/of/others') })
  })

  it('have no value for things', async () => {
    const password = answerOf({}, allow('iot:Connect', arn('client/${iot:Connection.Thing.ThingName}')))
    expect(await refusedBy({ password })).toMatchObject({ code: 'connect-denied' })
  })

  it('have an explicit deny', async () => {
    const password = answerOf({}, allowAll, { ...allow('iot:Connect', '*'), Effect: 'Deny' })
    expect(await refusedBy({ password })).toMatchObject({ code: 'connect-denied' })
  })
})

it('names the principal to those who hear its messages, and of its coming and going', async () => {
  await using events = await listen(server, '$aws/events/presence/+/' + clientId, `listener-${clientId}`)
  const client = await come({ password: answerOf({ principalId: 'Lamp7' }) })
  await client.endAsync()
  const messages = await events.atLeast(2)
  const told = messages.map(
    ({ payload }) => JSON.parse(payload.toString()) as { principalIdentifier: string },
  )
  expect(told.map(({ principalIdentifier }) => principalIdentifier)).toEqual(['Lamp7', 'Lamp7'])
})

it('loses its connection when the authorizer is made INACTIVE, before that is answered', async () => {
  await createAuthorizer(server, 'short')
  const client = await come({ username: naming('short'), password: answerOf() })
  const ended = closed(client)
  await server.iot.send(new UpdateAuthorizerCommand({ authorizerName: 'short', status: 'INACTIVE' }))
  expect(await lastEntry()).toMatchObject({ code: 'authorizer-inactive' })
  await ended
})

// last: the function is busy for a while after it
it('keeps out for whom the function is too slow', async () => {
  expect(await refusedBy({ password: 'sleep' })).toMatchObject({ code: 'authorizer-timed-out' })
})
