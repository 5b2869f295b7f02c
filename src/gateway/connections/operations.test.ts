import { describe, expect, it } from 'vitest'
import { rootContext } from '../../../test/helpers/call-context.ts'
import type { Connections, DirectOutcome } from '../ports/index.ts'
import { connectionsOperations } from './operations.ts'
import { connectionsPermissions, connectivityPermissions } from './permissions.ts'

const now = new Date('2026-05-01T12:00:00Z')
const minute = 60_000
const context = rootContext('111122223333')
const elsewhere = rootContext('444455556666')

/** One client, lamp, that is connected in the account of `context`. */
function connectedLamp(changes: Partial<Connections> = {}) {
  const ended: unknown[] = []
  const isLamp = (accountId: string, clientId: string) => accountId === '111122223333' && clientId === 'lamp'
  const connections: Connections = {
    find: (accountId, clientId) =>
      isLamp(accountId, clientId)
        ? {
            clientId,
            thingName: 'lamp-thing',
            isCleanSession: false,
            keepAliveSeconds: 60,
            sessionExpirySeconds: 3600,
            connectedAt: now.getTime() - minute,
            sourceIp: '192.0.2.7',
          }
        : undefined,
    list: () => [],
    findEnded: () => undefined,
    async end(accountId, clientId, options) {
      if (!isLamp(accountId, clientId)) return false
      ended.push(options)
      return true
    },
    listSubscriptions: async () => undefined,
    sendDirect: async () => undefined,
    ...changes,
  }
  return { ended, ...connectionsOperations({ connections: () => connections, now: () => now }) }
}

describe('DeleteConnection', () => {
  it.each([
    [{}, { isSessionCleaned: false, isWillPrevented: false }],
    [{ cleanSession: true }, { isSessionCleaned: true, isWillPrevented: false }],
    [{ preventWillMessage: true }, { isSessionCleaned: false, isWillPrevented: true }],
  ])('ends a connection as %o asks', async (input, expected) => {
    const { ended, ...operations } = connectedLamp()
    await operations.DeleteConnection({ clientId: 'lamp', ...input }, context)
    expect(ended).toEqual([expected])
  })

  it.each([
    ['no such client', 'stove', context],
    ['the client of another account', 'lamp', elsewhere],
  ])('refuses %s', async (_what, clientId, caller) => {
    const { ended, ...operations } = connectedLamp()
    await expect(operations.DeleteConnection({ clientId }, caller)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
    expect(ended).toEqual([])
  })

  it('refuses while devices cannot connect yet', async () => {
    const operations = connectionsOperations({ connections: () => undefined, now: () => now })
    await expect(operations.DeleteConnection({ clientId: 'lamp' }, context)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
  })
})

describe('GetConnection', () => {
  it('describes a connected client', async () => {
    expect(await connectedLamp().GetConnection({ clientId: 'lamp' }, context)).toEqual({
      clientId: 'lamp',
      connected: true,
      thingName: 'lamp-thing',
      cleanSession: false,
      keepAliveDuration: 60,
      sessionExpiry: 3600,
      connectedSince: now.getTime() - minute,
    })
  })

  it('tells the address only when it is asked for', async () => {
    const input = { clientId: 'lamp', includeSocketInformation: true }
    expect(await connectedLamp().GetConnection(input, context)).toMatchObject({ sourceIp: '192.0.2.7' })
  })

  const endedAgo = (ms: number): Partial<Connections> => ({
    find: () => undefined,
    findEnded: () => ({
      versionNumber: 0,
      at: now.getTime() - ms,
      reason: 'CONNECTION_LOST',
      thingName: undefined,
    }),
  })

  it('tells how a connection ended, for half an hour', async () => {
    const operations = connectedLamp(endedAgo(30 * minute - 1))
    expect(await operations.GetConnection({ clientId: 'lamp' }, context)).toEqual({
      clientId: 'lamp',
      connected: false,
      disconnectedSince: now.getTime() - 30 * minute + 1,
      disconnectReason: 'CONNECTION_LOST',
    })
  })

  it.each([
    ['that ended half an hour ago', connectedLamp(endedAgo(30 * minute)), 'lamp', context],
    ['that never was', connectedLamp(), 'stove', context],
    ['of another account', connectedLamp(), 'lamp', elsewhere],
  ])('refuses a connection %s', async (_what, operations, clientId, caller) => {
    await expect(operations.GetConnection({ clientId }, caller)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
  })
})

describe('ListSubscriptions', () => {
  const subscriptions = ['c', 'a/#', 'b'].map((filter, qos) => ({ filter, qos: qos as 0 | 1 | 2 }))
  const operations = connectedLamp({
    listSubscriptions: async (_account, clientId) => (clientId === 'lamp' ? subscriptions : undefined),
  })

  it('lists page by page', async () => {
    const first = await operations.ListSubscriptions({ clientId: 'lamp', maxResults: 2 }, context)
    expect(first.subscriptions).toEqual([
      { topicFilter: 'a/#', qos: 1 },
      { topicFilter: 'b', qos: 2 },
    ])
    const input = { clientId: 'lamp', maxResults: 2, nextToken: first.nextToken! }
    expect(await operations.ListSubscriptions(input, context)).toEqual({
      subscriptions: [{ topicFilter: 'c', qos: 0 }],
    })
  })

  it('gives no token when nothing follows', async () => {
    const { nextToken } = await operations.ListSubscriptions({ clientId: 'lamp', maxResults: 3 }, context)
    expect(nextToken).toBeUndefined()
  })

  it.each([
    ['a client without a session', { clientId: 'stove' }, 'ResourceNotFoundException'],
    ['a token that it did not give', { clientId: 'lamp', nextToken: '%%' }, 'InvalidRequestException'],
  ])('refuses %s', async (_what, input, code) => {
    await expect(operations.ListSubscriptions(input, context)).rejects.toMatchObject({ code })
  })
})

describe('SendDirectMessage', () => {
  const sendTo = (outcome: DirectOutcome | undefined, input: object = {}) => {
    const asked: unknown[] = []
    const { SendDirectMessage } = connectedLamp({
      async sendDirect(...given) {
        asked.push(given)
        return outcome
      },
    })
    const sent = SendDirectMessage({ clientId: 'lamp', topic: 'a/b', ...input }, context)
    return { sent, asked }
  }

  it.each([
    [{}, undefined, 0],
    [{ timeout: 9 }, undefined, 0],
    [{ confirmation: true }, 5000, 1],
    [{ confirmation: true, timeout: 15 }, 15_000, 1],
  ])('waits for an acknowledgement as %o asks', async (input, confirmWithinMs, qos) => {
    const { sent, asked } = sendTo('sent', { ...input, payload: Buffer.from('on') })
    expect(await sent).toEqual({ message: 'OK', traceId: context.requestId })
    const message = { topic: 'a/b', payload: Buffer.from('on'), qos, retain: false }
    expect(asked).toMatchObject([[context.accountId, 'lamp', { message }]])
    const [[, , direct]] = asked as [[string, string, { confirmWithinMs?: number }]]
    expect(direct.confirmWithinMs).toBe(confirmWithinMs)
  })

  it.each([
    ['forbidden', 'ForbiddenException'],
    ['too-large', 'RequestEntityTooLargeException'],
    ['no-room', 'ThrottlingException'],
    ['not-confirmed', 'GatewayTimeoutException'],
    ['left', 'ResourceNotFoundException'],
    [undefined, 'ResourceNotFoundException'],
  ] as const)('says why nothing was delivered: %s', async (outcome, code) => {
    await expect(sendTo(outcome).sent).rejects.toMatchObject({ code })
  })

  it.each([
    [{ topic: 'a/#' }, 'InvalidRequestException'],
    [{ topic: '$aws/things/lamp/shadow/update' }, 'ForbiddenException'],
    [{ responseTopic: 'a/+' }, 'InvalidRequestException'],
    [{ payload: Buffer.alloc(131_073) }, 'RequestEntityTooLargeException'],
  ])('asks nobody for %o', async (input, code) => {
    const { sent, asked } = sendTo('sent', input)
    await expect(sent).rejects.toMatchObject({ code })
    expect(asked).toEqual([])
  })

  it('knows its topic as a condition key', () => {
    const scope = { accountId: '111122223333', region: 'us-east-1' }
    expect(connectionsPermissions.SendDirectMessage({ clientId: 'lamp', topic: 'a/b' }, scope)).toEqual({
      resources: ['arn:aws:iot:us-east-1:111122223333:client/lamp'],
      conditions: { 'iot:Topic': 'a/b' },
    })
  })
})

describe('permissions', () => {
  const scope = { accountId: '111122223333', region: 'us-east-1' }

  it.each(Object.entries(connectionsPermissions))('%s asks for the client', (_operation, permission) => {
    expect(permission({ clientId: 'lamp', topic: 'a/b' }, scope)).toMatchObject({
      resources: ['arn:aws:iot:us-east-1:111122223333:client/lamp'],
    })
  })

  it('GetThingConnectivityData asks for the thing', () => {
    expect(connectivityPermissions.GetThingConnectivityData({ thingName: 'lamp' }, scope)).toEqual({
      resources: ['arn:aws:iot:us-east-1:111122223333:thing/lamp'],
    })
  })
})
