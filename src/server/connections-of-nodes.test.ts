import { describe, expect, it } from 'vitest'
import type { Connections } from '../gateway/ports/index.ts'
import { connectionsOfNodes } from './connections-of-nodes.ts'

const accountId = '123456789012'
const keepAll = { isSessionCleaned: false, isWillPrevented: false }

/** Clients by their ids, with when they connected, or when they went. */
interface Place {
  connected?: Record<string, number>
  ended?: Record<string, number>
}

function placeOf({ connected = {}, ended = {} }: Place): Connections {
  const lineOf = (clientId: string) => ({ clientId, connectedAt: connected[clientId] }) as never
  return {
    find: (_account, clientId) => (clientId in connected ? lineOf(clientId) : undefined),
    findEnded: (_account, clientId) =>
      clientId in ended ? ({ at: ended[clientId], reason: 'CONNECTION_LOST' } as never) : undefined,
    list: (_account, { prefix, after = '', limit }) =>
      Object.keys(connected)
        .filter((clientId) => clientId.startsWith(prefix) && clientId > after)
        .toSorted()
        .slice(0, limit)
        .map(lineOf),
    async end(_account, clientId) {
      const wasThere = clientId in connected
      delete connected[clientId]
      return wasThere
    },
    listSubscriptions: async (_account, clientId) =>
      clientId in connected ? [{ filter: `of/${clientId}`, qos: 1 }] : undefined,
    sendDirect: async (_account, clientId) => (clientId in connected ? 'confirmed' : undefined),
  }
}

/** As the node `a` sees them; a node without a place has no device ports yet. */
function open(places: Record<string, Place | undefined>, { absent = [] as string[] } = {}) {
  const answers = new Map<string, (question: never) => Promise<unknown>>()
  const opened = Object.entries(places).map(([nodeName, place]) => {
    const questions = {
      ask: async (name: string, _kind: string, question: unknown) =>
        absent.includes(name) ? undefined : answers.get(name)?.(question as never),
      onAsked: (_kind: string, answer: (question: never) => Promise<unknown>) =>
        void answers.set(nodeName, answer),
    }
    const connections = place && placeOf(place)
    return connectionsOfNodes({ nodeName, members: () => Object.keys(places), questions }, () => connections)
  })
  return opened[0]!()!
}

describe('a client at another node', () => {
  const open3 = () => open({ a: { connected: { lamp: 1 } }, b: { connected: { pump: 2 } }, c: undefined })

  it.each(['lamp', 'pump'])('is found, told of, and ended: %s', async (clientId) => {
    const connections = open3()
    expect(await connections.find(accountId, clientId)).toMatchObject({ clientId })
    expect(await connections.listSubscriptions(accountId, clientId)).toEqual([
      { filter: `of/${clientId}`, qos: 1 },
    ])
    expect(await connections.sendDirect(accountId, clientId, { message: {} as never })).toBe('confirmed')
    expect(await connections.end(accountId, clientId, keepAll)).toBe(true)
    expect(await connections.find(accountId, clientId)).toBeUndefined()
    expect(await connections.end(accountId, clientId, keepAll)).toBe(false)
  })

  it('is none where it is nowhere', async () => {
    expect(await open3().find(accountId, 'stove')).toBeUndefined()
    expect(await open3().listSubscriptions(accountId, 'stove')).toBeUndefined()
  })
})

it('tells how a connection ended last, wherever that was', async () => {
  const connections = open({
    a: { ended: { lamp: 5 } },
    b: { ended: { lamp: 7 } },
    c: { ended: { lamp: 6 } },
  })
  expect(await connections.findEnded(accountId, 'lamp')).toMatchObject({ at: 7 })
})

it('lists the clients of all, in their order, page by page', async () => {
  const connections = open({
    a: { connected: { a: 1, d: 1 } },
    b: { connected: { b: 1, e: 1 } },
    c: { connected: { c: 1 } },
    d: undefined,
  })
  const list = async (after: string | undefined, limit: number) =>
    (await connections.list(accountId, { prefix: '', after, limit })).map(({ clientId }) => clientId)
  expect(await list(undefined, 3)).toEqual(['a', 'b', 'c'])
  expect(await list('c', 3)).toEqual(['d', 'e'])
})

it('finds who is here without asking, and says of nobody else that it is not there while a node does not answer', async () => {
  const connections = open({ a: { connected: { lamp: 1 } }, b: {} }, { absent: ['b'] })
  expect(await connections.find(accountId, 'lamp')).toMatchObject({ clientId: 'lamp' })
  const refused = {
    code: 'ServiceUnavailableException',
    message: 'the node b does not answer; ask again in some seconds',
  }
  await expect(connections.find(accountId, 'pump')).rejects.toMatchObject(refused)
  await expect(connections.end(accountId, 'pump', keepAll)).rejects.toMatchObject(refused)
  await expect(connections.list(accountId, { prefix: '', after: undefined, limit: 5 })).rejects.toMatchObject(
    refused,
  )
})
