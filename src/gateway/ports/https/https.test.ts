import { expect, it } from 'vitest'
import { accountId, device, startTestGateway } from '../testing/test-gateway.ts'
import { ask, watch, type AskOptions } from '../testing/test-https-client.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

it('publishes like MQTT does, with the certificate as publisher and no client id', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const answer = await ask(gateway, '/topics/lamps/1/state?qos=1', { body: 'on' })
  expect(answer).toMatchObject({ status: 200, body: { message: 'OK' } })
  expect(answer.body).toMatchObject({ traceId: expect.stringMatching(uuid) as string })
  expect(answer.headers['x-amzn-requestid']).toMatch(uuid)
  expect(answer.headers['content-type']).toBe('application/json')
  expect(heard).toEqual([
    {
      accountId,
      topic: 'lamps/1/state',
      payload: Buffer.from('on'),
      qos: 1,
      retain: false,
      publisher: { principal: device.certificateId, sourceIp: '127.0.0.1' },
    },
  ])
  expect(gateway.codes()).toEqual([])
})

it.each([
  ['/topics/lamps%2F1%2Fstate', 'lamps/1/state'],
  ['/topics/lamps/1%2Fstate?qos=0', 'lamps/1/state'],
  ['/topics/a%20b%C3%BC%25', 'a bü%'],
  ['/topics//a/', '/a/'],
  ['/topics/$aws/rules/my-rule/a', '$aws/rules/my-rule/a'],
  ['https://anywhere/topics/a', 'a'],
])('reads the topic of %s', async (path, topic) => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  expect(await ask(gateway, path)).toMatchObject({ status: 200 })
  expect(heard).toMatchObject([{ topic, qos: 0, payload: new Uint8Array() }])
})

it('carries the properties of MQTT 5', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const userProperties = [{ deviceName: 'alpha' }, { count: '1', __proto__x: 'p' }, { count: '2' }]
  const answer = await ask(
    gateway,
    '/topics/a?contentType=text%2Fplain&responseTopic=answers%2F1&messageExpiry=60',
    {
      headers: {
        'x-amz-mqtt5-user-properties': Buffer.from(JSON.stringify(userProperties)).toString('base64'),
        'x-amz-mqtt5-payload-format-indicator': 'UTF8_DATA',
        'x-amz-mqtt5-correlation-data': 'AQID',
      },
    },
  )
  expect(answer.status).toBe(200)
  expect(heard[0]?.properties).toEqual({
    contentType: 'text/plain',
    responseTopic: 'answers/1',
    messageExpiryInterval: 60,
    payloadFormatIndicator: true,
    correlationData: Buffer.from([1, 2, 3]),
    userProperties: [
      ['deviceName', 'alpha'],
      ['count', '1'],
      ['__proto__x', 'p'],
      ['count', '2'],
    ],
  })
})

it('says what the policies do not grant to the device alone in one word, and to the journal in full', async () => {
  await using gateway = await startTestGateway({
    isAllowed: (action, resource) => action === 'iot:Publish' && resource === 'topic/mine',
  })
  const heard = watch(gateway)
  expect(await ask(gateway, '/topics/mine')).toMatchObject({ status: 200 })
  const denied = await ask(gateway, '/topics/yours?qos=1')
  expect(denied).toMatchObject({ status: 403, body: { message: 'Forbidden' } })
  expect(denied.body).toMatchObject({ traceId: expect.stringMatching(uuid) as string })
  expect(denied.headers['x-amzn-errortype']).toBe('ForbiddenException')
  expect(await ask(gateway, '/topics/mine?retain=true')).toMatchObject({ status: 403 })
  expect(await ask(gateway, '/retainedMessage/mine', { method: 'GET' })).toMatchObject({ status: 403 })
  expect(await ask(gateway, '/retainedMessage', { method: 'GET' })).toMatchObject({ status: 403 })
  expect(heard.length).toBe(1)
  expect(gateway.entries).toMatchObject([
    {
      code: 'publish-denied',
      certificateId: device.certificateId,
      details: { action: 'iot:Publish', resource: `arn:aws:iot:us-east-1:${accountId}:topic/yours` },
    },
    { code: 'publish-denied', details: { action: 'iot:RetainPublish', protocol: 'HTTPS' } },
    { code: 'receive-denied', details: { action: 'iot:GetRetainedMessage' } },
    { code: 'receive-denied', details: { action: 'iot:ListRetainedMessages', resource: '*' } },
  ])
})

const mqtt5 = (name: string, value: string) => ({ headers: { [`x-amz-mqtt5-${name}`]: value } })
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')

it.each<[string, string, number, AskOptions?]>([
  ['a wildcard', '/topics/a/%23', 400],
  ['a raw +', '/topics/a/+', 400],
  ['a NUL', '/topics/a%00', 400],
  ['a topic that is not UTF-8', '/topics/%ff', 400],
  ['a topic of 257 bytes', `/topics/${'x'.repeat(257)}`, 400],
  ['a topic of 9 levels', '/topics/a/b/c/d/e/f/g/h/i', 400],
  ['QoS 2', '/topics/a?qos=2', 400],
  ['QoS -1', '/topics/a?qos=-1', 400],
  ['a QoS that is no number', '/topics/a?qos=high', 400],
  ['retain=yes', '/topics/a?retain=yes', 400],
  ['a response topic with a wildcard', '/topics/a?responseTopic=a%2F%23', 400],
  ['a negative expiry', '/topics/a?messageExpiry=-1', 400],
  ['an expiry that is no number', '/topics/a?messageExpiry=soon', 400],
  ['an unknown format indicator', '/topics/a', 400, mqtt5('payload-format-indicator', '1')],
  ['correlation data that is no base64', '/topics/a', 400, mqtt5('correlation-data', '*')],
  ['user properties that are no base64', '/topics/a', 400, mqtt5('user-properties', '*')],
  ['user properties that are no JSON', '/topics/a', 400, mqtt5('user-properties', 'AAAA')],
  ['user properties that are no list', '/topics/a', 400, mqtt5('user-properties', base64({ a: 'b' }))],
  ['user properties of texts', '/topics/a', 400, mqtt5('user-properties', base64(['a']))],
  ['user properties of numbers', '/topics/a', 400, mqtt5('user-properties', base64([{ a: 1 }]))],
  ['too many user properties', '/topics/a', 413, mqtt5('user-properties', base64([{ a: 'x'.repeat(8200) }]))],
  ['a content type of 257 bytes', `/topics/a?contentType=${'x'.repeat(257)}`, 413],
  ['a payload above 128 KiB', '/topics/a', 413, { body: Buffer.alloc(131_073) }],
  ['a payload of 3 MiB', '/topics/a', 413, { body: Buffer.alloc(3 * 1024 * 1024) }],
  ['an event of Muster', '/topics/$aws/events/certificates/registered/x', 403],
  ['the same, encoded', '/topics/%24aws%2Fevents%2Fpresence%2Fconnected%2Fx', 403],
  ['an unknown reserved topic', '/topics/$SYS/x', 403],
  ['a retained reserved topic', '/topics/$aws/rules/r/a?retain=true', 403],
  ['another method', '/topics/a', 405, { method: 'GET' }],
  ['an unknown method', '/topics/a', 405, { method: 'PATCH' }],
  ['a retained message by POST', '/retainedMessage/a', 405],
  ['no topic', '/topics/', 404],
  ['nothing', '/', 404, { method: 'GET' }],
  ['what is not there', '/nothing', 404],
  ['what the API offers to others', '/things/lamp/shadow', 404, { method: 'GET' }],
  ['a prototype', '/__proto__', 404],
])('refuses %s', async (_title, path, status, options) => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const answer = await ask(gateway, path, { ...options }).catch((cause: unknown) => {
    if (status === 413) return { status } // the server hung up on what is far too large
    throw cause
  })
  expect(answer.status).toBe(status)
  expect(heard).toEqual([])
  if (!('body' in answer)) return
  expect(answer.body).toMatchObject({ traceId: expect.stringMatching(uuid) as string })
  expect(answer.headers['x-amzn-errortype']).toMatch(/Exception$/)
  expect(gateway.entries.length).toBe(1)
  expect(await ask(gateway, '/topics/a')).toMatchObject({ status: 200 })
})

it('takes a payload of exactly 128 KiB', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const answer = await ask(gateway, '/topics/a', { body: Buffer.alloc(131_072, 1) })
  expect(answer.status).toBe(200)
  expect(heard[0]?.payload.length).toBe(131_072)
})

it('retains, shows, lists, and deletes messages', async () => {
  await using gateway = await startTestGateway({ retains: true })
  const get = (path: string) => ask(gateway, path, { method: 'GET' })
  expect(await get('/retainedMessage/a/b')).toMatchObject({ status: 404 })
  await ask(gateway, '/topics/a/b?retain=true&qos=1', {
    body: 'on',
    ...mqtt5('user-properties', base64([{ k: 'v' }])),
  })
  await ask(gateway, '/topics/c?retain=true', { body: 'off' })
  const found = await get('/retainedMessage/a%2Fb')
  expect(found).toMatchObject({ status: 200, body: { topic: 'a/b', qos: 1, payload: 'b24=' } })
  const { userProperties } = found.body as { userProperties: string }
  expect(Buffer.from(userProperties, 'base64').toString()).toBe('[{"k":"v"}]')
  const first = await get('/retainedMessage?maxResults=1')
  expect(first.body).toMatchObject({ retainedTopics: [{ topic: 'a/b', payloadSize: 2, qos: 1 }] })
  const { nextToken } = first.body as { nextToken: string }
  const second = await get(`/retainedMessage?maxResults=1&nextToken=${encodeURIComponent(nextToken)}`)
  expect(second.body).toMatchObject({ retainedTopics: [{ topic: 'c', qos: 0 }] })
  expect(second.body).not.toHaveProperty('nextToken')
  await ask(gateway, '/topics/a/b?retain=true')
  expect(await get('/retainedMessage/a/b')).toMatchObject({ status: 404 })
  expect(gateway.codes()).toEqual([])
})
