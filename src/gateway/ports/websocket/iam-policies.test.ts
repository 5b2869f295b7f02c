import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allow, deny } from '../../../access/identities/testing/test-account.ts'
import { allowAll, arn, startSignedGateway, type SignedGateway } from '../testing/test-signed-gateway.ts'
import { connectOver, failOnErrors, nextMessage } from '../testing/test-websocket-client.ts'

let gateway: SignedGateway
beforeEach(async () => {
  gateway = await startSignedGateway()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  failOnErrors(gateway)
})

describe('IAM policies decide', () => {
  it('who may connect, and say why not', async () => {
    const keys = await gateway.addUser('ann', allow('iot:Connect', arn('client/ann-*')))
    await expect(connectOver(await gateway.sign(keys), { clientId: 'bob-1' })).rejects.toThrow(
      "Couldn't connect to server",
    )
    expect(await gateway.recorded('connect-denied')).toMatchObject({
      clientId: 'bob-1',
      details: {
        action: 'iot:Connect',
        resource: arn('client/bob-1'),
        identity: expect.stringMatching(/user\/ann$/),
      },
    })
    const client = await connectOver(await gateway.sign(keys), { clientId: 'ann-1' })
    await client.endAsync()
  })

  it.each<[string, object[], boolean]>([
    ['the client id as a variable', [allow('iot:Connect', arn('client/${aws:username}-*'))], true],
    ['another user by a variable', [allow('iot:Connect', arn('client/x-${aws:username}'))], false],
    [
      'the address',
      [allow('iot:Connect', '*', { Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } })],
      true,
    ],
    [
      'another address',
      [allow('iot:Connect', '*', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })],
      false,
    ],
    ['TLS', [allow('iot:Connect', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })], true],
    [
      'a time that is over',
      [
        allow('iot:Connect', '*', {
          Condition: { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } },
        }),
      ],
      false,
    ],
    [
      'a condition on the client id',
      [allow('iot:Connect', '*', { Condition: { StringEquals: { 'iot:ClientId': 'ann-1' } } })],
      true,
    ],
    [
      'a will only',
      [
        allow('iot:Connect', '*', {
          Condition: { 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': [] } },
        }),
        deny('iot:Connect', '*', {
          Condition: { 'ForAnyValue:StringEquals': { 'iot:ConnectAttributes': 'LastWill' } },
        }),
      ],
      true,
    ],
    ['a denial', [allowAll, deny('iot:Connect', arn('client/ann-1'))], false],
    ['nothing', [allow('s3:*')], false],
  ])('by %s', async (_title, statements, isAllowed) => {
    const keys = await gateway.addUser('ann', ...statements)
    const client = await connectOver(await gateway.sign(keys), { clientId: 'ann-1' }).catch(() => undefined)
    expect(client !== undefined).toBe(isAllowed)
    expect(gateway.codes()).toEqual([isAllowed ? 'connected' : 'connect-denied'])
    await client?.endAsync()
  })

  it('what may be published, subscribed to, and received', async () => {
    const keys = await gateway.addUser(
      'ann',
      allow(['iot:Connect', 'iot:Subscribe']),
      allow(['iot:Publish', 'iot:Receive'], [arn('topic/open')]),
      allow('iot:Publish', arn('topic/secret')),
      deny('iot:Subscribe', arn('topicfilter/closed')),
    )
    const client = await connectOver(await gateway.sign(keys), { protocolVersion: 5, clientId: 'ann-1' })
    await client.subscribeAsync('+')
    const messages: string[] = []
    client.on('message', (topic) => messages.push(topic))
    await client.publishAsync('secret', 'x', { qos: 1 })
    await gateway.recorded('receive-denied')
    await expect(client.publishAsync('closed', 'x', { qos: 1 })).rejects.toThrow('Not authorized')
    await expect(client.subscribeAsync('closed')).rejects.toThrow('Subscribe error: Not authorized')
    const open = nextMessage(client)
    await client.publishAsync('open', 'x', { qos: 1 })
    await open
    expect(messages).toEqual(['open'])
    await expect(client.publishAsync('open', 'x', { qos: 1, retain: true })).rejects.toThrow('Not authorized')
    await client.endAsync()
  })
})

it.each([
  ['iot.muster.example', 'connected'],
  ['iot.other.example', 'connect-denied'],
] as const)('is told apart by the domain that it asked for: %s', async (domainName, code) => {
  const domains = {
    list: () => [],
    onChanged: () => ({ [Symbol.dispose]: () => {} }),
    certificates: {} as never,
    defaultName: 'iot.muster.example',
  }
  await using served = await startSignedGateway({ domains })
  const Condition = { StringEquals: { 'iot:DomainName': domainName } }
  const keys = await served.addUser('ann', { Effect: 'Allow', Action: 'iot:*', Resource: '*', Condition })
  const client = await connectOver(await served.sign(keys)).catch(() => undefined)
  expect((await served.recorded(code)).details).toMatchObject({ identity: expect.stringMatching(/ann$/) })
  await client?.endAsync()
})
