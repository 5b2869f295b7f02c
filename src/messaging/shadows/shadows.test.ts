import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ShadowError } from './shadow-error.ts'
import { accountId, openTestShadows, type TestShadows } from './testing/test-shadows.ts'

let test: TestShadows
beforeEach(async () => {
  test = await openTestShadows()
})
afterEach(() => test[Symbol.asyncDispose]())

const now = 1_000_000_000
const t = { timestamp: now }
const lamp = { accountId, thingName: 'lamp' }
const desired = (state: unknown) => ({ state: { desired: state } })
const reported = (state: unknown) => ({ state: { reported: state } })

const topics = () => test.heard.map(({ topic }) => topic)
const last = (topic: string) => test.heard.findLast((one) => one.topic === topic)?.json
const request = async (...given: Parameters<TestShadows['shadows']['request']>) =>
  JSON.parse(await test.shadows.request(...given)) as Record<string, unknown>
const update = (payload: unknown, id = lamp) => request('update', id, Buffer.from(JSON.stringify(payload)))

describe('an update over MQTT', () => {
  it('is answered, told as documents and as delta, with the members in the order of AWS', async () => {
    await test.publish('lamp/shadow/update', { ...desired({ on: true }), clientToken: 'a' })
    test.clock.now = new Date(test.clock.now.getTime() + 1000)
    await test.publish('lamp/shadow/update', { ...reported({ on: false, hue: [1] }), clientToken: 'b' })
    expect(test.heard.map(({ topic, json }) => `${topic} ${JSON.stringify(json)}`)).toEqual([
      'lamp/shadow/update/accepted {"state":{"desired":{"on":true}},"metadata":{"desired":{"on":{"timestamp":1000000000}}},"version":1,"timestamp":1000000000,"clientToken":"a"}',
      'lamp/shadow/update/documents {"current":{"state":{"desired":{"on":true}},"metadata":{"desired":{"on":{"timestamp":1000000000}}},"version":1},"timestamp":1000000000,"clientToken":"a"}',
      'lamp/shadow/update/delta {"version":1,"timestamp":1000000000,"state":{"on":true},"metadata":{"on":{"timestamp":1000000000}},"clientToken":"a"}',
      'lamp/shadow/update/accepted {"state":{"reported":{"on":false,"hue":[1]}},"metadata":{"reported":{"on":{"timestamp":1000000001},"hue":[{"timestamp":1000000001}]}},"version":2,"timestamp":1000000001,"clientToken":"b"}',
      'lamp/shadow/update/documents {"previous":{"state":{"desired":{"on":true}},"metadata":{"desired":{"on":{"timestamp":1000000000}}},"version":1},"current":{"state":{"desired":{"on":true},"reported":{"on":false,"hue":[1]}},"metadata":{"desired":{"on":{"timestamp":1000000000}},"reported":{"on":{"timestamp":1000000001},"hue":[{"timestamp":1000000001}]}},"version":2},"timestamp":1000000001,"clientToken":"b"}',
      'lamp/shadow/update/delta {"version":2,"timestamp":1000000001,"state":{"on":true},"metadata":{"on":{"timestamp":1000000000}},"clientToken":"b"}',
    ])
    expect(test.heard.map(({ message: { qos, retain, publisher } }) => ({ qos, retain, publisher }))).toEqual(
      Array(6).fill({ qos: 1, retain: false, publisher: undefined }),
    )
  })

  it('tells no delta when nothing differs, whoever made it so', async () => {
    await update({ state: { desired: { on: true }, reported: { on: true } } })
    await update(reported({ more: 1 }))
    expect(topics()).not.toContain('lamp/shadow/update/delta')
    await update(desired({ on: null }))
    expect(topics()).not.toContain('lamp/shadow/update/delta')
  })

  it('tells a delta of all that differs, not of the update alone', async () => {
    await update(desired({ a: 1, b: 2 }))
    await test.publish('lamp/shadow/update', reported({ a: 1, c: 3 }))
    expect(last('lamp/shadow/update/delta')).toEqual({
      version: 2,
      timestamp: now,
      state: { b: 2 },
      metadata: { b: t },
    })
  })

  it('tells the delta again when the device takes its report back', async () => {
    await update({ state: { desired: { a: 1 }, reported: { a: 1 } } })
    await test.publish('lamp/shadow/update', reported(null))
    expect(last('lamp/shadow/update/delta')).toMatchObject({ version: 2, state: { a: 1 } })
  })

  it('keeps named shadows and the classic one apart', async () => {
    await test.publish('lamp/shadow/update', reported({ a: 1 }))
    await test.publish('lamp/shadow/name/main/update', reported({ b: 1 }))
    await test.publish('lamp/shadow/name/other/update', desired({ c: 1 }))
    await test.publish('lamp/shadow/name/main/get')
    expect(last('lamp/shadow/name/main/get/accepted')).toEqual({
      state: { reported: { b: 1 } },
      metadata: { reported: { b: t } },
      version: 1,
      timestamp: now,
    })
    expect(topics()).toContain('lamp/shadow/name/other/update/delta')
  })

  it('keeps things and accounts apart', async () => {
    await update(reported({ a: 1 }))
    const not = { code: 404 }
    await expect(request('get', { accountId, thingName: 'Lamp' })).rejects.toMatchObject(not)
    await expect(request('get', { accountId: '210987654321', thingName: 'lamp' })).rejects.toMatchObject(not)
    await expect(request('get', { ...lamp, shadowName: 'lamp' })).rejects.toMatchObject(not)
  })

  it('echoes what was asked for, nulls with a time too, and drops them from the shadow', async () => {
    await update(desired({ a: 1, b: { c: 1 } }))
    await test.publish('lamp/shadow/update', { state: { desired: { a: null, b: { c: 2 } }, reported: null } })
    expect(last('lamp/shadow/update/accepted')).toEqual({
      state: { desired: { a: null, b: { c: 2 } }, reported: null },
      metadata: { desired: { a: t, b: { c: t } }, reported: t },
      version: 2,
      timestamp: now,
    })
    expect(await request('get', lamp)).toMatchObject({ state: { desired: { b: { c: 2 } } }, version: 2 })
  })

  it('empties a shadow whose state becomes null, and does not delete it', async () => {
    await update({ state: { desired: { a: 1 }, reported: { a: 2 } } })
    await test.publish('lamp/shadow/update', { state: null })
    expect(await request('get', lamp)).toEqual({ state: {}, metadata: {}, version: 2, timestamp: now })
    expect(await update(reported({ a: 1 }))).toMatchObject({ version: 3 })
    expect(last('lamp/shadow/update/documents')).toMatchObject({
      previous: { state: {}, metadata: {}, version: 2 },
    })
  })

  it.each([
    ['is new', { a: 1 }, { a: 1, d: {} }],
    ['takes the place of a value', { a: 1, b: { c: 3 } }, { a: 1, b: { c: {} } }],
  ])('keeps an empty object that %s, in the shadow and in the delta', async (_what, before, after) => {
    await update(desired(before))
    await test.publish('lamp/shadow/update', desired(after))
    const { state } = last('lamp/shadow/update/delta') as { state: object }
    expect(state).toEqual(after)
    expect(await request('get', lamp)).toMatchObject({ state: { desired: after, delta: after } })
  })

  it('has no section without members', async () => {
    await update({ state: { desired: {}, reported: { a: 1 } } })
    await update(reported({ a: null }))
    expect(await request('get', lamp)).toMatchObject({ state: {}, metadata: {} })
  })

  it('counts an update that changes nothing', async () => {
    await update(desired({ a: 1 }))
    expect(await update({ state: {} })).toEqual({ state: {}, metadata: {}, version: 2, timestamp: now })
    expect(await request('get', lamp)).toMatchObject({ state: { desired: { a: 1 } }, version: 2 })
  })

  it('keeps long numbers, also through the store', async () => {
    const section = '{"id":12345678901234567890,"on":true}'
    await test.publish('lamp/shadow/update', `{"state":{"desired":${section},"reported":${section}}}`)
    await update(reported({ more: 1 }))
    const text = await test.shadows.request('get', lamp)
    expect(text).toContain(`"desired":${section}`)
    expect(text).not.toContain('delta')
  })

  it.each([
    ['no JSON', '{', { code: 400, message: 'Invalid JSON' }],
    ['nothing', '', { code: 400, message: 'Invalid JSON' }],
    [
      'no state',
      '{"clientToken":"t"}',
      { code: 400, message: 'Missing required node: state', clientToken: 't' },
    ],
    [
      'a delta',
      '{"state":{"delta":{}},"clientToken":"t"}',
      { code: 400, message: "State contains an invalid node: 'delta'", clientToken: 't' },
    ],
    ['a bad token', '{"state":{},"clientToken":5}', { code: 400, message: 'Invalid clientToken' }],
    [
      'a stale version',
      '{"state":{},"version":1,"clientToken":"t"}',
      { code: 409, message: 'Version conflict', clientToken: 't' },
    ],
    ['a version to come', '{"state":{},"version":3}', { code: 409, message: 'Version conflict' }],
    [
      'too much',
      JSON.stringify({ ...reported({ a: 'x'.repeat(8200) }), clientToken: 't' }),
      { code: 413, message: 'The payload exceeds the maximum size allowed', clientToken: 't' },
    ],
  ])('with %s is rejected and changes nothing', async (_what, payload, document) => {
    await update(desired({ a: 1 }))
    await update(reported({ a: 1 }))
    test.heard.length = 0
    await test.publish('lamp/shadow/update', payload)
    expect(test.heard).toMatchObject([{ topic: 'lamp/shadow/update/rejected' }])
    expect(test.heard[0]?.json).toEqual(document)
    expect(await request('get', lamp)).toMatchObject({
      version: 2,
      state: { desired: { a: 1 }, reported: { a: 1 } },
    })
    expect(test.errors).toEqual([])
  })

  it.each([
    ['a thing name with a space', 'a b/shadow/update', 'Invalid thingName'],
    ['a thing name of 129 characters', `${'a'.repeat(129)}/shadow/get`, 'Invalid thingName'],
    ['an empty thing name', '/shadow/delete', 'Invalid thingName'],
    ['a shadow name of 65 characters', `lamp/shadow/name/${'a'.repeat(65)}/get`, 'Invalid shadowName'],
    ['a shadow name with a dot', 'lamp/shadow/name/a.b/update', 'Invalid shadowName'],
    ['an empty shadow name', 'lamp/shadow/name//update', 'Invalid shadowName'],
  ])('to %s is rejected', async (_what, topic, message) => {
    await test.publish(topic, reported({ a: 1 }))
    expect(test.heard.map((one) => [one.topic, one.json])).toEqual([
      [`${topic}/rejected`, { code: 400, message }],
    ])
  })

  it('is not made by a will', async () => {
    await test.publish('lamp/shadow/update', reported({ a: 1 }), { isWill: true })
    await expect(request('get', lamp)).rejects.toMatchObject({ code: 404 })
    expect(test.heard).toEqual([])
  })

  it('hands on how many rules a message has been through', async () => {
    await test.publish('lamp/shadow/update', desired({ a: 1 }), { hops: 3 })
    await test.publish('lamp/shadow/update', '', { hops: 4 })
    expect(test.heard.map(({ message }) => message.hops)).toEqual([3, 3, 3, 4])
  })

  it('is not listened to any more once the service is gone', async () => {
    await test.shadows[Symbol.asyncDispose]()
    await test.publish('lamp/shadow/update', reported({ a: 1 }))
    expect(test.heard).toEqual([])
  })
})

describe('versions', () => {
  it('are as the request wants them, or it is refused', async () => {
    expect(await update({ ...desired({ a: 1 }), version: 0 })).toMatchObject({ version: 1 })
    expect(await update({ ...desired({ a: 2 }), version: 1 })).toMatchObject({ version: 2 })
    await expect(update({ ...desired({ a: 3 }), version: 1 })).rejects.toMatchObject({ code: 409 })
    await expect(update({ ...desired({ a: 3 }), version: 0 })).rejects.toMatchObject({ code: 409 })
    expect(await request('get', lamp)).toMatchObject({ version: 2 })
  })

  it('cannot be wished for in a shadow that is not there', async () => {
    await expect(update({ ...desired({ a: 1 }), version: 1 })).rejects.toMatchObject({ code: 409 })
    await expect(request('get', lamp)).rejects.toMatchObject({ code: 404 })
  })

  it.each([
    ['goes on after a deletion', 48 * 3600 - 1, 3],
    ['begins anew after two days', 48 * 3600, 1],
  ])('%s', async (_what, seconds, version) => {
    await update(desired({ a: 1 }))
    await update(desired({ a: 2 }))
    expect(await request('delete', lamp)).toEqual({ version: 2, timestamp: now })
    test.clock.now = new Date(test.clock.now.getTime() + seconds * 1000)
    expect(await update({ ...desired({ b: 1 }), version: version - 1 })).toMatchObject({ version })
    expect(last('lamp/shadow/update/documents')).not.toHaveProperty('previous')
    expect(await request('get', lamp)).toMatchObject({ state: { desired: { b: 1 } } })
  })

  it('of shadows long gone are not kept', async () => {
    const row = { account_id: accountId, shadow_name: '', version: 1, deleted_at: test.clock.now.getTime() }
    const { store } = test.messages
    await store.transact((db) =>
      db
        .insertInto('deleted_shadows')
        .values({ ...row, thing_name: 'old' })
        .execute(),
    )
    test.clock.now = new Date(test.clock.now.getTime() + 48 * 3600 * 1000)
    await update(desired({ a: 1 }))
    await request('delete', lamp)
    const kept = await store.read.selectFrom('deleted_shadows').select('thing_name').execute()
    expect(kept).toEqual([{ thing_name: 'lamp' }])
  })
})

describe('the size of a shadow', () => {
  const fill = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) })

  it.each([
    ['8 KiB reported', () => reported(fill(8192)), true],
    ['a byte more', () => reported(fill(8193)), false],
    ['8 KiB in both', () => ({ state: { desired: fill(4096), reported: fill(4096) } }), true],
    ['a byte more in both', () => ({ state: { desired: fill(4096), reported: fill(4097) } }), false],
    ['8 KiB of two-byte letters', () => reported({ a: 'ü'.repeat(4092) }), true],
    ['more than 8 KiB of two-byte letters', () => reported({ a: 'ü'.repeat(4093) }), false],
  ])('may be %s: %#', async (_what, payload, isAllowed) => {
    const updated = await update(payload()).catch((error: ShadowError) => ({ code: error.code }))
    expect(updated).toMatchObject(isAllowed ? { version: 1 } : { code: 413 })
  })

  it('is that of what is there after the update, without spaces and what it takes away', async () => {
    await update(reported(fill(8192)))
    await expect(update(desired({ b: 1 }))).rejects.toMatchObject({ code: 413 })
    const spaced = JSON.stringify({ state: { desired: { b: 1 }, reported: { a: null } } }, undefined, 4000)
    expect(JSON.parse(await test.shadows.request('update', lamp, Buffer.from(spaced)))).toMatchObject({
      version: 2,
    })
    expect(await request('get', lamp)).toMatchObject({ state: { desired: { b: 1 } } })
  })
})

describe('get and delete', () => {
  it('answer over MQTT with the token of the request, whatever else is in it', async () => {
    await update({ state: { desired: { a: 1 }, reported: { a: 2 } } })
    test.heard.length = 0
    await test.publish('lamp/shadow/get', { clientToken: 'g', state: 5 })
    await test.publish('lamp/shadow/get', 'no JSON')
    await test.publish('lamp/shadow/delete', { clientToken: 'd' })
    expect(test.heard.map(({ topic, json }) => [topic, json])).toEqual([
      [
        'lamp/shadow/get/accepted',
        {
          state: { desired: { a: 1 }, reported: { a: 2 }, delta: { a: 1 } },
          metadata: { desired: { a: t }, reported: { a: t } },
          version: 1,
          timestamp: now,
          clientToken: 'g',
        },
      ],
      [
        'lamp/shadow/get/accepted',
        expect.not.objectContaining({ clientToken: expect.anything() as unknown }),
      ],
      ['lamp/shadow/delete/accepted', { version: 1, timestamp: now, clientToken: 'd' }],
    ])
  })

  it.each([
    ['get', 'lamp/shadow', "'lamp'"],
    ['delete', 'lamp/shadow', "'lamp'"],
    ['get', 'lamp/shadow/name/main', "'lamp~main'"],
    ['delete', 'lamp/shadow/name/main', "'lamp~main'"],
  ])('%s of %s is rejected when it is not there', async (method, shadow, name) => {
    await test.publish(`${shadow}/${method}`, { clientToken: 't' })
    expect(test.heard.map(({ topic, json }) => [topic, json])).toEqual([
      [
        `${shadow}/${method}/rejected`,
        { code: 404, message: `No shadow exists with name: ${name}`, clientToken: 't' },
      ],
    ])
  })

  it('deletes once', async () => {
    await update(desired({ a: 1 }))
    await request('delete', lamp)
    await expect(request('delete', lamp)).rejects.toThrow(ShadowError)
    await expect(request('get', lamp)).rejects.toMatchObject({ code: 404 })
    expect(topics().filter((topic) => topic.includes('/delete'))).toEqual(['lamp/shadow/delete/accepted'])
  })

  it('through the API are not told as answers over MQTT, unless something changed', async () => {
    await update(desired({ a: 1 }))
    test.heard.length = 0
    await request('get', lamp)
    await expect(update({})).rejects.toMatchObject({ code: 400 })
    expect(topics()).toEqual([])
    await request('delete', lamp)
    expect(topics()).toEqual(['lamp/shadow/delete/accepted'])
  })
})

it('tells the device when the store fails, logs it, and keeps its words to itself', async () => {
  await using other = await openTestShadows({
    store: {
      ...test.messages.store,
      transact: () => Promise.reject(new Error('disk full: /var/secret')),
    } as never,
  })
  await other.publish('lamp/shadow/update', { ...reported({ a: 1 }), clientToken: 't' })
  expect(other.heard.map(({ topic, json }) => [topic, json])).toEqual([
    ['lamp/shadow/update/rejected', { code: 500, message: 'Internal service failure', clientToken: 't' }],
  ])
  expect(other.errors).toHaveLength(1)
})

it('does not write what nobody listens to, and still answers', async () => {
  const published: string[] = []
  await using other = await openTestShadows({
    fabric: {
      subscribe: () => ({ [Symbol.dispose]() {} }),
      hasSubscribers: (_account, topic) => topic.endsWith('accepted'),
    },
    messages: {
      publish: ({ topic }) => {
        published.push(topic)
        return undefined
      },
    },
  })
  await other.shadows.request('update', lamp, Buffer.from(JSON.stringify(desired({ a: 1 }))))
  expect(published).toEqual(['$aws/things/lamp/shadow/update/accepted'])
})
