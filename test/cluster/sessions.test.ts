/** Sessions that outlive their connections, at several nodes: real server processes, a real PostgreSQL and NATS. */
import { GetThingConnectivityDataCommand } from '@aws-sdk/client-iot'
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  ListSubscriptionsCommand,
} from '@aws-sdk/client-iot-data-plane'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataPlaneOf, openDevices, publishByApi, type Device } from '../helpers/cluster-devices.ts'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { isClusterAbsent, openCluster, type TestCluster } from '../helpers/cluster.ts'
import { closed } from '../helpers/device.ts'
import { asOwner } from '../helpers/postgres/databases.ts'
import type { ServerProcess } from '../helpers/server.ts'

const isAbsent = isClusterAbsent()

let cluster: TestCluster
let a: ServerProcess
let b: ServerProcess
let deviceOf: (name: string) => Device

beforeAll(async () => {
  if (isAbsent) return
  cluster = await openCluster()
  ;[a, b] = await Promise.all([cluster.startNode('a'), cluster.startNode('b')])
  deviceOf = await openDevices(a)
})

afterAll(async () => {
  await Promise.all([a?.[Symbol.asyncDispose](), b?.[Symbol.asyncDispose]()])
  await cluster?.[Symbol.asyncDispose]()
})

const ownerOf = async (clientId: string): Promise<string | undefined> => {
  let owner: string | undefined
  await asOwner(cluster.database, async (client) => {
    const query = 'select owner_node from sessions where client_id = $1'
    owner = (await client.query<{ owner_node: string }>(query, [clientId])).rows[0]?.owner_node
  })
  return owner
}

const listedAt = async (node: ServerProcess): Promise<string[]> => {
  const answer = await signedRequest(targetOf(node), {
    service: 'muster',
    method: 'GET',
    path: '/muster/v1/connections',
  })
  return (answer as { connections: { clientId: string }[] }).connections.map(({ clientId }) => clientId)
}

describe.skipIf(isAbsent)('a session that outlives its connection', () => {
  it('goes on at another node, with what came meanwhile at either', async () => {
    const lamp = deviceOf('lamp')
    const atA = await lamp.connect(a)
    expect(atA.isPresent).toBe(false)
    await atA.client.subscribeAsync('foo/lamp', { qos: 1 })
    await atA.client.endAsync()
    const pump = await deviceOf('pump').connect(b, { clean: true })
    await pump.client.publishAsync('foo/lamp', 'one', { qos: 1 })
    await publishByApi(a, 'foo/lamp', 'two')
    const atB = await lamp.connect(b)
    expect(atB.isPresent).toBe(true)
    await expect.poll(() => atB.texts()).toEqual(['one', 'two'])
    await atB.client.endAsync()
    await pump.client.endAsync()
  })

  it('closes its client at the node that had it', async () => {
    const door = deviceOf('door')
    const atA = await door.connect(a)
    await atA.client.subscribeAsync('foo/door', { qos: 1 })
    const isClosed = closed(atA.client)
    const atB = await door.connect(b)
    await isClosed
    expect(atB.isPresent).toBe(true)
    expect(await ownerOf('door')).toBe('b')
    await publishByApi(a, 'foo/door', 'open')
    await expect.poll(() => atB.texts()).toEqual(['open'])
    await atB.client.endAsync()
  })

  it('is told as one in MQTT 5, and ends where the client asks for a clean start', async () => {
    const gate = deviceOf('gate')
    const version5 = { protocolVersion: 5, properties: { sessionExpiryInterval: 600 } } as const
    const atA = await gate.connect(a, version5)
    await atA.client.subscribeAsync('foo/gate', { qos: 1 })
    await atA.client.endAsync()
    const atB = await gate.connect(b, version5)
    expect(atB.isPresent).toBe(true)
    await atB.client.endAsync()
    const again = await gate.connect(a, { clean: true })
    expect(again.isPresent).toBe(false)
    await again.client.endAsync()
    await expect.poll(() => ownerOf('gate')).toBe(undefined)
  })

  it('is carried on by the others when its node is killed: its will, its messages', async () => {
    const bell = deviceOf('bell')
    const watch = await deviceOf('watch').connect(a)
    await watch.client.subscribeAsync('foo/will', { qos: 1 })
    const will = { topic: 'foo/will', payload: Buffer.from('bell has gone'), qos: 1 as const, retain: false }
    const atB = await bell.connect(b, { will })
    await atB.client.subscribeAsync('foo/bell', { qos: 1 })
    await b.kill()
    await publishByApi(a, 'foo/bell', 'ring')
    await expect.poll(() => watch.texts()).toEqual(['bell has gone'])
    expect(await ownerOf('bell')).toBe('a')
    const atA = await bell.connect(a)
    expect(atA.isPresent).toBe(true)
    await expect.poll(() => atA.texts()).toEqual(['ring'])
    await atA.client.endAsync()
    await watch.client.endAsync()
    b = await cluster.startNode('b')
  })

  it('is handed over by a node that stops', async () => {
    const horn = deviceOf('horn')
    const atB = await horn.connect(b)
    await atB.client.subscribeAsync('foo/horn', { qos: 1 })
    await b[Symbol.asyncDispose]()
    await expect.poll(() => ownerOf('horn')).toBe('a')
    await publishByApi(a, 'foo/horn', 'blow')
    b = await cluster.startNode('b')
    const again = await horn.connect(b)
    await expect.poll(() => again.texts()).toEqual(['blow'])
    await again.client.endAsync()
  })
})

describe.skipIf(isAbsent)('a client at the other node', () => {
  it('is found, listed, told of, and ended over the API, also at a node that has just started', async () => {
    await b[Symbol.asyncDispose]()
    b = await cluster.startNode('b')
    const valve = await deviceOf('valve').connect(b)
    await valve.client.subscribeAsync('foo/valve', { qos: 1 })
    const data = dataPlaneOf(a)
    const clientId = 'valve'
    expect(await data.send(new GetConnectionCommand({ clientId }))).toMatchObject({ connected: true })
    const { subscriptions } = await data.send(new ListSubscriptionsCommand({ clientId }))
    expect(subscriptions).toEqual([{ topicFilter: 'foo/valve', qos: 1 }])
    const known = await a.iot.send(new GetThingConnectivityDataCommand({ thingName: 'valve' }))
    expect(known).toMatchObject({ connected: true, clientId: 'valve' })
    for (const node of [a, b]) expect(await listedAt(node)).toContain('valve')
    const isClosed = closed(valve.client)
    await data.send(new DeleteConnectionCommand({ clientId, cleanSession: true }))
    await isClosed
    expect(await ownerOf('valve')).toBe(undefined)
    expect(await data.send(new GetConnectionCommand({ clientId }))).toMatchObject({
      connected: false,
      disconnectReason: 'API_INITIATED_DISCONNECT',
    })
    data.destroy()
  })
})
