/** Clients that know one address, behind which two nodes are: they see nothing new. */
import { Agent } from 'node:http'
import { IAMClient } from '@aws-sdk/client-iam'
import { IoTClient } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mqttPort, openDeviceSdk } from '../clients/aws-device-sdk-client.ts'
import { describeClient, type Place } from '../clients/behaviour.ts'
import { makeIdentity } from '../clients/foreign-client.ts'
import { openMosquitto } from '../clients/mosquitto-client.ts'
import { openMqttJs } from '../clients/mqtt-js-client.ts'
import { follow } from '../console/follow.ts'
import { Visitor, type Call } from '../console/visitor.ts'
import { openBalancer, type Balancer } from '../helpers/balancer.ts'
import { connectDevice } from '../helpers/device.ts'
import { isClusterAbsent, openCluster, type TestCluster } from '../helpers/cluster.ts'
import { lacks } from '../helpers/programs.ts'
import type { ServerProcess } from '../helpers/server.ts'
import { openShell } from '../helpers/shell.ts'
import { nodeNames, startAgain, startEnded } from './kill-loop.ts'

let cluster: TestCluster
let nodes: ServerProcess[] = []
let devices: Balancer
let callers: Balancer

const apiPortOf = ({ endpoints }: ServerProcess) => Number(new URL(endpoints.apiUrl).port)

/** As somebody sees it who knows the address alone. */
function serverBehind(): Place['server'] {
  const [first] = nodes
  const endpoints = {
    ...first!.endpoints,
    mqttPort: devices.port,
    apiUrl: `http://127.0.0.1:${callers.port}`,
  }
  const { region, apiUrl: endpoint } = endpoints
  // each call by a connection of its own, so that they go to both
  const requestHandler = { httpAgent: new Agent({ keepAlive: false }) }
  const options = { endpoint, region, credentials: first!.rootKey, requestHandler }
  return { ...first!, endpoints, iot: new IoTClient(options), iam: new IAMClient(options) }
}

/** Each of its requests has a connection of its own, so that they go to both. */
class ComingAnew extends Visitor {
  override fetch(call: Call, init?: RequestInit): Promise<Response> {
    return super.fetch({ ...call, headers: { ...call.headers, connection: 'close' } }, init)
  }
}

/** Of the nodes, which outlive the tests of one client. */
const behind = {
  isCluster: true,
  async open(): Promise<Place> {
    return {
      server: serverBehind(),
      async restart() {
        await nodes[0]!.kill()
        await startEnded(cluster, nodes)
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

describe.skipIf(isClusterAbsent())('two nodes behind a balancer', () => {
  beforeAll(async () => {
    cluster = await openCluster()
    nodes = await Promise.all(nodeNames.map((name) => startAgain(cluster, name)))
    devices = await openBalancer(() => nodes.map(({ endpoints }) => endpoints.mqttPort))
    callers = await openBalancer(() => nodes.map(apiPortOf))
  })
  afterAll(async () => {
    await Promise.all([devices?.[Symbol.asyncDispose](), callers?.[Symbol.asyncDispose]()])
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))
    await cluster?.[Symbol.asyncDispose]()
  })

  describeClient({ name: 'MQTT.js with MQTT 5', open: openMqttJs(5) }, behind)
  describeClient(
    {
      name: 'AWS IoT Device SDK v2, MQTT 5',
      open: openDeviceSdk({ version: 5, transport: 'mtls', portOf: mqttPort }),
    },
    behind,
  )
  describe.skipIf(lacks('mosquitto_pub', 'mosquitto_sub'))('mosquitto', () => {
    describeClient({ name: 'with MQTT 3.1.1', open: openMosquitto(4), mustSubscribe: true }, behind)
  })

  it.skipIf(lacks('aws'))('aws sees at one what it did at the other', async () => {
    const { endpoints, rootKey } = serverBehind()
    using shell = openShell({
      AWS_ENDPOINT_URL: endpoints.apiUrl,
      AWS_DEFAULT_REGION: endpoints.region,
      AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    })
    const before = [...callers.taken()]
    await shell.expect('aws iot create-thing --thing-name lamp')
    await shell.expect('aws iot update-thing --thing-name lamp --attribute-payload attributes={room=hall}')
    const thing = await shell.expect('aws iot describe-thing --thing-name lamp --query attributes.room')
    expect(thing).toContain('hall')
    await shell.expect('aws iot delete-thing --thing-name lamp')
    const { code, output } = await shell.run('aws iot describe-thing --thing-name lamp')
    expect(code).not.toBe(0)
    expect(output).toContain('ResourceNotFoundException')
    const since = callers.taken().map((count, place) => count - (before[place] ?? 0))
    for (const count of since) expect(count).toBeGreaterThan(0)
  })

  it('the console goes on at one with the session that the other opened, and is signed out of both', async () => {
    const visitor = new ComingAnew(`http://127.0.0.1:${callers.port}`)
    await visitor.signIn(nodes[0]!.rootKey)
    const twice = async <Answer>(ask: () => Promise<Answer>) => [await ask(), await ask()] as const
    for (const { body } of await twice(() => visitor.call({ path: '/console/session' })))
      expect(body).toMatchObject({ arn: 'arn:aws:iam::000000000000:root' })
    expect((await visitor.operation('iot', 'CreateThing', { thingName: 'seen' })).status).toBe(200)
    const things = await twice(() => visitor.operation('iot', 'DescribeThing', { thingName: 'seen' }))
    for (const { body } of things) expect(body).toMatchObject({ thingName: 'seen' })
    const feeds = await twice(() => follow(visitor))
    const stranger = await makeIdentity(serverBehind(), '')
    await expect(connectDevice(serverBehind(), { ...stranger, clientId: 'unseen' })).rejects.toThrow('closed')
    for (const feed of feeds) {
      await expect.poll(() => feed.codes).toContain('connect-denied')
      await feed[Symbol.asyncDispose]()
    }
    expect((await visitor.call({ method: 'DELETE', path: '/console/session' })).status).toBe(200)
    for (const { status } of await twice(() => visitor.call({ path: '/console/session' })))
      expect(status).toBe(403)
  })

  it('had clients at both', () => {
    for (const count of devices.taken()) expect(count).toBeGreaterThan(5)
  })
})
