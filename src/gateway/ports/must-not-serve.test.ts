/** A node of a cluster whose lease has run out, before any timer has closed its connections. */
import { request } from 'node:https'
import { expect, it } from 'vitest'
import { accountId, connectPacket, device, packet, startTestGateway } from './testing/test-gateway.ts'

async function startNode() {
  let mayServe = true
  const gateway = await startTestGateway({ mayServe: () => mayServe })
  const heard: string[] = []
  gateway.fabric.subscribe(accountId, '#', ({ topic }) => heard.push(topic))
  return { gateway, heard, runOut: () => void (mayServe = false) }
}

const publishQos1 = packet(0x32, 0x00, 0x01, 0x61, 0x00, 0x07)

it('takes no message, and acknowledges none', async () => {
  const { gateway: opened, heard, runOut } = await startNode()
  await using gateway = opened
  const wire = await gateway.dial()
  wire.send(connectPacket.v3('lamp'))
  await wire.receive(4)
  runOut()
  wire.send(publishQos1)
  expect((await wire.closed).length).toBe(4) // the CONNACK of before
  expect(heard).toEqual([])
})

it('does not acknowledge what it took before', async () => {
  const { gateway: opened, runOut } = await startNode()
  await using gateway = opened
  const wire = await gateway.dial()
  wire.send(connectPacket.v3('lamp'))
  await wire.receive(4)
  gateway.fabric.subscribe(accountId, 'a', runOut) // its answer leaves at the end of the turn
  wire.send(publishQos1)
  expect((await wire.closed).length).toBe(4)
})

it('lets nobody in', async () => {
  const { gateway: opened, runOut } = await startNode()
  await using gateway = opened
  runOut()
  const wire = await gateway.dial()
  wire.send(connectPacket.v5('lamp'))
  expect((await wire.closed).length).toBe(0)
})

it('does not answer a device over HTTPS', async () => {
  const { gateway: opened, heard, runOut } = await startNode()
  await using gateway = opened
  const post = () =>
    new Promise((resolve, reject) => {
      const identity = { cert: device.certificatePem, key: device.privateKeyPem, rejectUnauthorized: false }
      const target = { host: '127.0.0.1', port: gateway.httpsPort, path: '/topics/a?qos=1', method: 'POST' }
      const sent = request({ ...target, ...identity, agent: false }, (answer) => resolve(answer.statusCode))
      sent.on('error', reject)
      sent.end('on')
    })
  expect(await post()).toBe(200)
  const stop = gateway.fabric.subscribe(accountId, 'a', runOut)
  await expect(post()).rejects.toThrow('socket hang up')
  stop[Symbol.dispose]()
  heard.length = 0
  await expect(post()).rejects.toThrow('socket hang up')
  expect(heard).toEqual([])
})
