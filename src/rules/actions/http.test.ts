import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allow, roleArn } from '../testing/test-engine.ts'
import { openDestinationScene, type DestinationScene } from '../testing/test-destinations.ts'

let scene: DestinationScene
beforeEach(async () => void (scene = await openDestinationScene()))
afterEach(() => scene[Symbol.asyncDispose]())

const publisher = { clientId: 'lamp-1' }

describe('an action that posts to a web service', () => {
  const failures = () => scene.engine.logged.filter(({ status }) => status === 'Failure')
  const createRule = (more: object = {}) => {
    const http = {
      url: `${scene.service.url}/hook/\${topic(2)}`,
      confirmationUrl: `${scene.service.url}/hook`,
      ...more,
    }
    return scene.engine.createRule('post', { sql: "SELECT n FROM 'in/+'", actions: [{ http }] })
  }
  const publish = async (payload: object = { n: 1 }) => {
    scene.engine.publish('in/1', payload, { publisher })
    await scene.engine.rules.idle()
  }
  const posted = () => scene.service.received.filter(({ path }) => !path.includes('confirmationToken'))

  it('sends the output with its headers to the confirmed service', async () => {
    await scene.createEnabled()
    await createRule({ headers: [{ key: 'X-Device', value: '${clientid()}' }] })
    await publish()
    expect(posted()).toMatchObject([
      {
        method: 'POST',
        path: '/hook/1',
        body: '{"n":1}',
        headers: { 'x-device': 'lamp-1', 'content-type': 'application/json', 'content-length': '7' },
      },
    ])
    expect(failures()).toEqual([])
  })

  it.each([
    ['was not made', async () => undefined],
    ['is not confirmed', () => scene.create()],
    ['is disabled', async () => scene.update(await scene.createEnabled(), 'DISABLED')],
    ['is for another URL', () => scene.createEnabled(`${scene.service.url}/other`)],
  ])('sends nothing when the destination %s', async (_, prepare) => {
    await prepare()
    await createRule()
    await publish()
    expect(posted()).toEqual([])
    expect(failures()).toMatchObject([
      { ruleAction: 'HttpAction', details: expect.stringContaining('destination') },
    ])
  })

  describe('in batches', () => {
    const batching = { enableBatching: true, batchConfig: { maxBatchSize: 2, maxBatchOpenMs: 200 } }
    const publishAll = async (payloads: (object | string)[], topic = 'in/1') => {
      for (const payload of payloads) scene.engine.publish(topic, payload, { publisher })
      await scene.engine.rules.idle()
    }
    const items = () => posted().flatMap(({ body }) => JSON.parse(body) as unknown[])

    it('sends arrays of what came, none of it twice', async () => {
      await scene.createEnabled()
      await createRule({ ...batching, headers: [{ key: 'X-Device', value: '${n}' }] })
      await publishAll([{ n: 1 }, { n: 2 }, { n: 3 }])
      expect(items()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
      for (const { headers, body } of posted()) {
        const last = (JSON.parse(body) as { n: number }[]).at(-1)
        expect(headers).toMatchObject({ 'x-device': String(last?.n), 'content-type': 'application/json' })
      }
      expect(failures()).toEqual([])
    })

    it('sends what waits when the engine stops', async () => {
      await scene.createEnabled()
      await createRule(batching)
      scene.engine.publish('in/1', { n: 1 }, { publisher })
      await scene.engine.rules[Symbol.asyncDispose]()
      expect(items()).toEqual([{ n: 1 }])
    })

    it('sends each message of a batch that failed to the action for errors, with its own payload', async () => {
      await scene.createEnabled()
      await scene.engine.createRole('publisher', allow('iot:Publish'))
      const http = { url: `${scene.service.url}/hook`, ...batching }
      await scene.engine.createRule('post', {
        sql: "SELECT n FROM 'in/+'",
        actions: [{ http }],
        errorAction: { republish: { roleArn: roleArn('publisher'), topic: 'errors' } },
      })
      const errors = scene.engine.listen('errors')
      scene.service.answers.push({ status: 400 }, { status: 400 })
      await publishAll([{ n: 1 }, { n: 2 }])
      const told = errors.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as never)
      const decode = ({ base64OriginalPayload }: { base64OriginalPayload: string }) =>
        Buffer.from(base64OriginalPayload, 'base64').toString()
      expect(told.map(decode).toSorted()).toEqual(['{"n":1}', '{"n":2}'])
      for (const one of told)
        expect(one).toMatchObject({
          failures: [
            {
              failedAction: 'HttpAction',
              failedResource: `${scene.service.url}/hook`,
              errorMessage: expect.stringContaining('answered 400'),
            },
          ],
        })
    })

    it('tries a batch again when the service may do better', async () => {
      await scene.createEnabled()
      await createRule(batching)
      scene.service.answers.push({ status: 503 })
      await publishAll([{ n: 1 }])
      expect(posted().map(({ body }) => body)).toEqual(['[{"n":1}]', '[{"n":1}]'])
      expect(failures()).toEqual([])
    })

    it('sends nothing that is no JSON', async () => {
      await scene.createEnabled()
      const http = { url: `${scene.service.url}/hook`, ...batching }
      await scene.engine.createRule('post', { sql: "SELECT * FROM 'in/+'", actions: [{ http }] })
      await publishAll(['no JSON'])
      expect(posted()).toEqual([])
      expect(failures()).toMatchObject([{ details: expect.stringContaining('must be JSON') }])
    })
  })

  it('sends nothing to another server that the message names', async () => {
    await scene.createEnabled()
    await createRule({ url: '${to}' })
    await publish({ to: 'http://127.0.0.1:1/hook' })
    expect(posted()).toEqual([])
    expect(failures()).toMatchObject([{ details: expect.stringContaining('beginning of url') }])
  })

  it('sends no header with a line break that the message brings', async () => {
    await scene.createEnabled()
    await createRule({ headers: [{ key: 'X-Device', value: '${name}' }] })
    await publish({ name: 'a\r\nX-Admin: yes' })
    expect(posted()).toEqual([])
    expect(failures()).toHaveLength(1)
  })

  it('keeps the query of the URL, which may hold a secret, out of logs and error messages', async () => {
    await scene.createEnabled()
    await createRule({ url: `${scene.service.url}/hook?key=hunter2` })
    scene.service.answers.push({ status: 400 })
    await publish()
    expect(posted()).toMatchObject([{ path: '/hook?key=hunter2' }])
    expect(failures()).toMatchObject([{ resources: { Url: `${scene.service.url}/hook` } }])
    expect(JSON.stringify([scene.engine.logged, scene.engine.recorded])).not.toContain('hunter2')
  })

  it.each([
    ['refuses', { status: 403, body: 'inside information' }, 'answered 403'],
    ['hangs up', { status: 'hang-up' as const }, 'does not answer'],
  ])('keeps what a service says that %s to the log of the server', async (_, answer, details) => {
    await scene.createEnabled()
    await createRule()
    scene.service.answers.push(answer, answer, answer)
    await publish()
    expect(failures()).toMatchObject([{ details: expect.stringContaining(details) }])
    const told = JSON.stringify([scene.engine.logged, scene.engine.recorded])
    expect(told).not.toMatch(/inside information|hang up|ECONN/)
    expect(scene.engine.told.join()).toMatch(/inside information|hang up/)
  })

  it.each([
    ['fails for a while', [{ status: 500 }, { status: 503 }], 3, 0],
    ['asks for patience', [{ status: 429 }], 2, 0],
    ['hangs up', [{ status: 'hang-up' as const }], 2, 0],
    ['fails for good', [{ status: 500 }, { status: 500 }, { status: 500, body: 'no disk' }], 3, 1],
    ['refuses', [{ status: 400 }], 1, 1],
    ['sends elsewhere', [{ status: 302, location: 'http://127.0.0.1:1/' }], 1, 1],
    ['answers too much', [{ status: 200, body: 'x'.repeat(20_000) }], 1, 1],
  ])('to a service that %s', async (_, answers, tries, failed) => {
    await scene.createEnabled()
    await createRule()
    scene.service.answers.push(...answers)
    await publish()
    expect([posted().length, failures().length]).toEqual([tries, failed])
  })
})
