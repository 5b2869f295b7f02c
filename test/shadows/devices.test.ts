/** Device shadows as devices reach them: over MQTT by MQTT.js, over HTTPS by curl. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetThingShadowCommand, type IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closed, connectDevice } from '../helpers/device.ts'
import { lacks } from '../helpers/programs.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { type Shell } from '../helpers/shell.ts'
import {
  allow,
  anyTime,
  makeDevice,
  openDataPlane,
  openServerShell,
  overhear,
  ownShadow,
  type Identity,
} from './shadow-clients.ts'

let server: TestServer
let shell: Shell
let data: IoTDataPlaneClient
beforeAll(async () => {
  server = await startTestServer()
  shell = await openServerShell(server)
  data = openDataPlane(server)
})
afterAll(async () => {
  data.destroy()
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const read = async (thingName: string, shadowName?: string) => {
  const { payload } = await data.send(new GetThingShadowCommand({ thingName, shadowName }))
  return JSON.parse(payload!.transformToString()) as Record<string, unknown>
}

describe('a device over MQTT', () => {
  it.each([4, 5] as const)('hears answers to its requests: protocol level %s', async (protocolVersion) => {
    const thingName = `lamp-${protocolVersion}`
    const identity = await makeDevice(server, ...ownShadow(thingName))
    const client = await connectDevice(server, { ...identity, clientId: thingName, protocolVersion })
    const shadow = `$aws/things/${thingName}/shadow`
    const heard: string[] = []
    const waiting: (() => void)[] = []
    client.on('message', (topic, payload) => {
      heard.push(`${topic.slice(shadow.length + 1)} ${payload.toString()}`)
      waiting.shift()?.()
    })
    const ask = async (topic: string, payload: string) => {
      const answered = new Promise<void>((resolve) => waiting.push(resolve))
      await client.publishAsync(`${shadow}/${topic}`, payload, { qos: 1 })
      await answered
    }
    await client.subscribeAsync([`${shadow}/+/accepted`, `${shadow}/+/rejected`], { qos: 1 })
    await ask('get', '')
    await ask('update', '{"state":{"reported":{"on":true}},"clientToken":"t"}')
    await ask('update', '{"state":{"reported":{"on":true}},"version":5}')
    await ask('delete', '')
    await client.endAsync()
    expect(heard.map((line) => line.replaceAll(/"timestamp":\d{10}/g, '"timestamp":0'))).toEqual([
      `get/rejected {"code":404,"message":"No shadow exists with name: '${thingName}'"}`,
      'update/accepted {"state":{"reported":{"on":true}},"metadata":{"reported":{"on":{"timestamp":0}}},"version":1,"timestamp":0,"clientToken":"t"}',
      'update/rejected {"code":409,"message":"Version conflict"}',
      'delete/accepted {"version":1,"timestamp":0}',
    ])
  })

  it('is cut off when it reaches for the shadow of another thing, which stays as it is', async () => {
    const identity = await makeDevice(server, ...ownShadow('mine'))
    const client = await connectDevice(server, { ...identity, clientId: 'thief' })
    const gone = closed(client)
    client.publish('$aws/things/theirs/shadow/update', '{"state":{"desired":{"open":true}}}', { qos: 1 })
    await gone
    await expect(read('theirs')).rejects.toThrow("No shadow exists with name: 'theirs'")
  })

  it('leaves no trace in its shadow by a will', async () => {
    await using heard = await overhear(server, 'willing')
    const payload = '{"state":{"reported":{"connected":false}}}'
    const topic = '$aws/things/willing/shadow/update'
    const identity = await makeDevice(server, ...ownShadow('willing'))
    const device = await connectDevice(server, {
      ...identity,
      clientId: 'willing',
      mqtt: { will: { topic, payload: Buffer.from(payload), qos: 1, retain: false } },
    })
    device.stream.destroy()
    expect(await heard.atLeast(1)).toEqual([{ topic: 'update', payload }])
    await expect(read('willing')).rejects.toThrow('No shadow exists')
  })
})

describe.skipIf(lacks('curl'))('a device over HTTPS', () => {
  const curl = async (identity: Identity, path: string, more = '') => {
    writeFileSync(join(shell.directory, 'device.crt'), identity.certificatePem)
    writeFileSync(join(shell.directory, 'device.key'), identity.privateKeyPem)
    const url = `https://localhost:${server.endpoints.httpsPort}${path}`
    const out = await shell.expect(
      `curl -sS --cacert "$MUSTER_ROOT_CA" --cert device.crt --key device.key -w '\\n%{http_code}' ${more} '${url}'`,
    )
    const at = out.lastIndexOf('\n')
    return {
      status: Number(out.slice(at + 1)),
      body: JSON.parse(out.slice(0, at)) as Record<string, unknown>,
    }
  }

  it('updates, gets, lists and deletes what its policy names', async () => {
    const identity = await makeDevice(
      server,
      allow('iot:*ThingShadow', 'thing/curl', 'thing/curl/main'),
      allow('iot:ListNamedShadowsForThing', 'thing/curl'),
    )
    await using heard = await overhear(server, 'curl')
    const document = `-d '{"state":{"desired":{"on":true}}}'`
    expect(await curl(identity, '/things/curl/shadow', document)).toEqual({
      status: 200,
      body: {
        state: { desired: { on: true } },
        metadata: { desired: { on: { timestamp: anyTime } } },
        version: 1,
        timestamp: anyTime,
      },
    })
    expect(await curl(identity, '/things/curl/shadow?name=main', document)).toMatchObject({
      status: 200,
      body: { version: 1 },
    })
    expect(await curl(identity, '/things/curl/shadow')).toMatchObject({
      status: 200,
      body: { state: { desired: { on: true }, delta: { on: true } } },
    })
    expect(await curl(identity, '/api/things/shadow/ListNamedShadowsForThing/curl')).toMatchObject({
      status: 200,
      body: { results: ['main'] },
    })
    expect(await curl(identity, '/things/curl/shadow', '-X DELETE')).toMatchObject({
      status: 200,
      body: { version: 1 },
    })
    const topics = (await heard.atLeast(7)).map(({ topic }) => topic)
    expect(topics).toEqual([
      'update/accepted',
      'update/documents',
      'update/delta',
      'name/main/update/accepted',
      'name/main/update/documents',
      'name/main/update/delta',
      'delete/accepted',
    ])
  })

  it.each([
    ['a named shadow where the classic one is granted', '/things/curl/shadow?name=main', '', 403],
    ['another thing', '/things/other/shadow', '', 403],
    ['an update where reading is granted', '/things/curl/shadow', `-d '{"state":{}}'`, 403],
    ['a deletion where reading is granted', '/things/curl/shadow', '-X DELETE', 403],
    ['a list that is not granted', '/api/things/shadow/ListNamedShadowsForThing/curl', '', 403],
    ['a method that is not there', '/things/curl/shadow', '-X PUT', 405],
    ['a name that no thing can have', '/things/a%20b/shadow', '', 400],
    ['an empty shadow name', '/things/curl/shadow?name=', '', 400],
    ['a shadow that is not there', '/things/curl/shadow', '', 404],
  ])('is refused %s', async (_what, path, more, status) => {
    const identity = await makeDevice(server, allow('iot:GetThingShadow', 'thing/curl'))
    expect(await curl(identity, path, more)).toMatchObject({
      status,
      body: { message: expect.any(String) as string },
    })
  })
})
