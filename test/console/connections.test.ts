/** Who is connected, as the console shows it. */
import { describe, expect, it } from 'vitest'
import { closed, connectOperator } from '../helpers/device.ts'
import type { TestServer } from '../helpers/server.ts'
import { connectGuest } from './mqtt-guest.ts'
import { createUser } from './users.ts'
import { visitServer } from './visit-server.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
let visitor: Visitor
visitServer((here) => {
  ;({ server, visitor } = here)
})

const list = async (query = '') => {
  const { status, body } = await visitor.call({ path: `/muster/v1/connections${query}` })
  const connections = (body['connections'] ?? []) as Record<string, unknown>[]
  return { status, body, connections, clientIds: connections.map(({ clientId }) => clientId) }
}

describe('the list of connections', () => {
  it('has devices and people at the console, page by page', async () => {
    const devices = [await connectOperator(server, 'lamp-1'), await connectOperator(server, 'lamp-2')]
    await devices[0]!.subscribeAsync(['a/b', 'c/#'])
    const guest = await connectGuest(visitor)
    const first = await list('?limit=2')
    expect(first.clientIds).toEqual([expect.stringMatching(/^iotconsole-/), 'lamp-1'])
    const second = await list(`?limit=2&marker=${encodeURIComponent(String(first.body['nextMarker']))}`)
    expect(second.clientIds).toEqual(['lamp-2'])
    expect(second.body['nextMarker']).toBeUndefined()
    expect((await list('?clientIdPrefix=lamp-')).clientIds).toEqual(['lamp-1', 'lamp-2'])
    expect((await list('?clientIdPrefix=iot')).connections).toMatchObject([
      { identityArn: 'arn:aws:iam::000000000000:root', protocol: 'MQTT 5 over WebSocket' },
    ])
    expect((await list('?clientIdPrefix=lamp-1')).connections).toEqual([
      {
        clientId: 'lamp-1',
        certificateId: expect.stringMatching(/^[0-9a-f]{64}$/),
        sourceIp: '127.0.0.1',
        protocol: 'MQTT 3.1.1',
        isCleanSession: true,
        keepAliveSeconds: 60,
        sessionExpirySeconds: 0,
        connectedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        subscriptionCount: 2,
        queuedMessages: 0,
        droppedMessages: 0,
      },
    ])
    const ended = closed(devices[0]!)
    expect((await visitor.operation('iot-data', 'DeleteConnection', { clientId: 'lamp-1' })).status).toBe(200)
    await ended
    expect((await list('?clientIdPrefix=lamp-')).clientIds).toEqual(['lamp-2'])
    await Promise.all([guest.client.endAsync(), devices[1]!.endAsync()])
  })

  it('is shown to those alone who may see it', async () => {
    const stranger = new Visitor(visitor.origin)
    await stranger.signIn(await createUser(server, ['iot:*']))
    const { status, body } = await stranger.call({ path: '/muster/v1/connections' })
    expect(status).toBe(403)
    expect(body['message']).toContain('muster:ListConnections')
  })

  it.each(['?limit=0', '?limit=1001', '?limit=x', '?marker=x', '?marker='])('refuses %s', async (query) => {
    expect((await list(query)).status).toBe(400)
  })
})
