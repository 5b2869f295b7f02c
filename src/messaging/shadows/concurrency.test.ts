import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, openTestShadows, type TestShadows } from './testing/test-shadows.ts'

let test: TestShadows
beforeEach(async () => {
  test = await openTestShadows()
})
afterEach(() => test[Symbol.asyncDispose]())

const lamp = { accountId, thingName: 'lamp' }
const desired = (state: unknown) => ({ state: { desired: state } })
const reported = (state: unknown) => ({ state: { reported: state } })

const topics = () => test.heard.map(({ topic }) => topic)
const last = (topic: string) => test.heard.findLast((one) => one.topic === topic)?.json
const request = async (...given: Parameters<TestShadows['shadows']['request']>) =>
  JSON.parse(await test.shadows.request(...given)) as Record<string, unknown>
const update = (payload: unknown, id = lamp) => request('update', id, Buffer.from(JSON.stringify(payload)))

describe('requests at the same time', () => {
  it('take effect one after another, in the order they came', async () => {
    const count = 200
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        test.publish('lamp/shadow/update', reported({ n: index, [`k${index}`]: 1 })),
      ),
    )
    const accepted = test.heard.filter(({ topic }) => topic === 'lamp/shadow/update/accepted')
    expect(
      accepted.map(({ json }) => json as { version: number; state: { reported: { n: number } } }),
    ).toMatchObject(
      Array.from({ length: count }, (_, index) => ({
        version: index + 1,
        state: { reported: { n: index } },
      })),
    )
    const { state } = await request('get', lamp)
    expect(Object.keys((state as { reported: object }).reported)).toHaveLength(count + 1)
  })

  it('let a get see what came before it, and nothing that came after it', async () => {
    await Promise.all([
      test.publish('lamp/shadow/update', reported({ a: 1 })),
      test.publish('lamp/shadow/get'),
      test.publish('lamp/shadow/update', 'no JSON'),
      test.publish('lamp/shadow/delete'),
      test.publish('lamp/shadow/get'),
      test.publish('lamp/shadow/update', reported({ a: 2 })),
    ])
    expect(last('lamp/shadow/get/accepted')).toMatchObject({ version: 1, state: { reported: { a: 1 } } })
    expect(last('lamp/shadow/get/rejected')).toMatchObject({ code: 404 })
    expect(last('lamp/shadow/update/accepted')).toMatchObject({ version: 2 })
    expect(await request('get', lamp)).toMatchObject({ version: 2, state: { reported: { a: 2 } } })
  })

  it('of which only one can have the version, leave one winner', async () => {
    await update(desired({ n: 0 }))
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => update({ ...desired({ n: index }), version: 1 })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await request('get', lamp)).toMatchObject({ version: 2 })
  })

  it('are ten for one thing on one connection, as more are told to come later', async () => {
    const publisher = { clientId: 'lamp-1' }
    const flood = Array.from({ length: 12 }, () =>
      test.publish('lamp/shadow/update', reported({ a: 1 }), { publisher }),
    )
    const others = [
      test.publish('lamp/shadow/update', reported({ b: 1 }), { publisher: { clientId: 'lamp-2' } }),
      test.publish('fan/shadow/update', reported({ b: 1 }), { publisher }),
    ]
    await Promise.all([...flood, ...others])
    expect(test.heard.filter(({ topic }) => topic.endsWith('rejected')).map(({ json }) => json)).toEqual([
      { code: 429, message: 'Too many requests' },
      { code: 429, message: 'Too many requests' },
    ])
    expect(await request('get', lamp)).toMatchObject({ version: 11 })
    await test.publish('lamp/shadow/update', reported({ c: 1 }), { publisher })
    expect(last('lamp/shadow/update/accepted')).toMatchObject({ version: 12 })
  })
})

it('has a hundred requests of one connection under way at most', async () => {
  const flood = Array.from({ length: 102 }, (_, index) =>
    test.publish(`lamp-${index}/shadow/update`, reported({ a: 1 }), {
      publisher: { clientId: 'gateway' },
      qos: 0,
    }),
  )
  await Promise.all(flood)
  expect(topics().filter((topic) => topic.endsWith('/rejected'))).toEqual([
    'lamp-100/shadow/update/rejected',
    'lamp-101/shadow/update/rejected',
  ])
  expect(topics().filter((topic) => topic.endsWith('/accepted'))).toHaveLength(100)
})

it('is acknowledged when it is durable, and not before', async () => {
  const events: string[] = []
  const transact = test.messages.store.transact
  await using other = await openTestShadows({
    store: {
      ...test.messages.store,
      transact: async (work: Parameters<typeof transact>[0]) => {
        const value = await transact(work)
        events.push('durable')
        return value
      },
    } as never,
  })
  await other.publish('lamp/shadow/update', reported({ a: 1 }))
  events.push('acknowledged')
  expect(events).toEqual(['durable', 'acknowledged'])
  expect(await request('get', lamp)).toMatchObject({ version: 1 })
})
