/** Signing in to the console, and what a session may do. */
import { DeleteAccessKeyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { createUser } from './users.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
let visitor: Visitor

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  visitor = new Visitor(server.endpoints.apiUrl)
})

const whoAmI = () => visitor.call({ path: '/console/session' })
const createThing = (thingName: string) => visitor.operation('iot', 'CreateThing', { thingName })

describe('a key signs in', () => {
  it('and acts with the rights of its owner, in a session that no script can read', async () => {
    const { headers } = await visitor.signIn(server.rootKey)
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^muster-loopback=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    expect((await whoAmI()).body).toMatchObject({
      arn: 'arn:aws:iam::000000000000:root',
      region: 'us-east-1',
      accessKeyId: server.rootKey.accessKeyId,
    })
    expect((await createThing('lamp')).body).toMatchObject({ thingName: 'lamp' })
    const described = await visitor.operation('iot', 'DescribeThing', { thingName: 'lamp' })
    expect(described.body).toMatchObject({ thingName: 'lamp', version: 1 })
  })

  it('and may use the routes that signed requests use', async () => {
    await visitor.signIn(server.rootKey)
    const { body } = await visitor.call({ path: '/muster/v1/explain?subject=lamp' })
    expect(body).toMatchObject({ subject: 'lamp' })
  })

  it.each<[string, () => Promise<Record<string, string>> | Record<string, string>, number]>([
    ['a wrong secret', () => visitor.proofOf({ ...server.rootKey, secretAccessKey: 'x' }), 403],
    [
      'an unknown key',
      () => visitor.proofOf({ accessKeyId: 'AKIAXXXXXXXXXXXXXXXX', secretAccessKey: 'x' }),
      403,
    ],
    [
      'a signature for another host',
      async () => ({ ...(await visitor.proofOf(server.rootKey)), host: 'muster.example' }),
      400,
    ],
    ['no signature', () => ({ host: new URL(visitor.origin).host }), 400],
    ['nothing', () => ({}), 400],
  ])('not with %s', async (_what, makeProof, status) => {
    const answer = await visitor.openSession({ headers: await makeProof() })
    expect(answer.status).toBe(status)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it('not twice with the same proof', async () => {
    const headers = await visitor.proofOf(server.rootKey)
    expect((await visitor.openSession({ headers })).status).toBe(200)
    expect((await visitor.openSession({ headers })).status).toBe(403)
  })

  it('with the same answer for an unknown key as for a wrong secret', async () => {
    const wrong = await visitor.signIn({ ...server.rootKey, secretAccessKey: 'x' })
    const unknown = await visitor.signIn({ accessKeyId: 'AKIAYYYYYYYYYYYYYYYY', secretAccessKey: 'x' })
    expect(unknown.body).toEqual(wrong.body)
    expect(unknown.status).toBe(wrong.status)
  })

  it('and the journal knows of those who could not', async () => {
    await visitor.signIn({ accessKeyId: 'AKIAZZZZZZZZZZZZZZZZ', secretAccessKey: 'x' })
    await visitor.signIn(server.rootKey)
    const { body } = await visitor.call({ path: '/muster/v1/refusals' })
    expect(body['entries']).toContainEqual(
      expect.objectContaining({
        code: 'console-sign-in-refused',
        sourceIp: '127.0.0.1',
        details: { accessKeyId: 'AKIAZZZZZZZZZZZZZZZZ' },
      }),
    )
  })
})

describe('a link of `muster console`', () => {
  const giveOutLink = async () => {
    const target = { apiUrl: server.endpoints.apiUrl, region: 'us-east-1', ...server.rootKey }
    const request = { service: 'muster', method: 'POST', path: '/muster/v1/console/links' } as const
    return ((await signedRequest(target, request)) as { link: string }).link
  }

  it('opens one session', async () => {
    const link = await giveOutLink()
    expect((await visitor.openSession({ link })).status).toBe(200)
    expect((await whoAmI()).body).toMatchObject({ arn: 'arn:aws:iam::000000000000:root' })
    expect((await visitor.openSession({ link })).status).toBe(403)
  })

  it('cannot be guessed', async () => {
    expect((await visitor.openSession({ link: 'x'.repeat(43) })).status).toBe(403)
  })
})

describe('what another page could send is refused', () => {
  beforeEach(async () => void (await visitor.signIn(server.rootKey)))

  it.each<[string, Record<string, string | undefined>]>([
    ['from another origin', { origin: 'https://evil.example', 'sec-fetch-site': undefined }],
    ['across sites', { 'sec-fetch-site': 'cross-site' }],
    ['from a site beside this one', { 'sec-fetch-site': 'same-site' }],
    ['without the console header', { 'x-muster-console': undefined }],
    ['as text', { 'content-type': 'text/plain' }],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['without a word of where it comes from', { origin: undefined, 'sec-fetch-site': undefined }],
  ])('a call %s', async (_how, headers) => {
    const path = '/console/api/iot/CreateThing'
    const answer = await visitor.call({ method: 'POST', path, body: { thingName: 'forged' }, headers })
    expect(answer.status).toBe(403)
    expect((await visitor.operation('iot', 'DescribeThing', { thingName: 'forged' })).status).toBe(404)
  })

  it.each([
    ['the session', '/console/session'],
    ['the live feed', '/console/events'],
    ['the journal', '/muster/v1/journal'],
  ])('reading %s without the console header', async (_what, path) => {
    expect((await visitor.call({ path, headers: { 'x-muster-console': undefined } })).status).toBe(403)
  })

  it('under a name that does not mean this machine', async () => {
    const { port } = new URL(visitor.origin)
    const headers = { host: `rebound.example:${port}`, origin: `http://rebound.example:${port}` }
    expect((await visitor.call({ path: '/console/session', headers })).status).not.toBe(200)
  })
})

describe('a session', () => {
  it.each([
    ['that nobody opened', 'x'.repeat(43)],
    ['of another form', 'x'],
    ['with the id of the list instead of the cookie', '0'.repeat(24)],
  ])('%s is none', async (_what, value) => {
    visitor.cookie = `muster-loopback=${value}`
    expect((await whoAmI()).status).toBe(403)
    expect((await createThing('nobodys')).status).toBe(403)
  })

  it('is over once it was signed out', async () => {
    await visitor.signIn(server.rootKey)
    const { cookie } = visitor
    await visitor.call({ method: 'DELETE', path: '/console/session' })
    visitor.cookie = cookie
    expect((await whoAmI()).status).toBe(403)
  })

  it('is over when an operator ends it', async () => {
    const { accessKeyId, secretAccessKey } = await createUser(server, ['iot:*'])
    await visitor.signIn({ accessKeyId, secretAccessKey })
    const operator = new Visitor(visitor.origin)
    await operator.signIn(server.rootKey)
    const { body } = await operator.call({ path: '/muster/v1/console/sessions' })
    const open = (body['sessions'] as { accessKeyId: string; sessionId: string }[]).filter(
      (session) => session.accessKeyId === accessKeyId,
    )
    expect(open).toHaveLength(1)
    const path = `/muster/v1/console/sessions?sessionId=${open[0]!.sessionId}`
    expect((await operator.call({ method: 'DELETE', path })).status).toBe(200)
    expect((await whoAmI()).status).toBe(403)
  })

  it.each<[string, (key: { UserName: string; AccessKeyId: string }) => Promise<unknown>]>([
    ['deactivated', (key) => server.iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }))],
    ['deleted', (key) => server.iam.send(new DeleteAccessKeyCommand(key))],
  ])('is over, with its live feed, when its key is %s', async (_how, end) => {
    const { UserName, ...key } = await createUser(server, ['muster:*'])
    await visitor.signIn(key)
    const feed = await visitor.fetch({ path: '/console/events' })
    expect(feed.headers.get('content-type')).toBe('text/event-stream')
    await end({ UserName, AccessKeyId: key.accessKeyId })
    expect((await whoAmI()).status).toBe(403)
    await feed.text() // resolves, as the server has ended it
  })

  it('has no right that its key lacks, whatever it calls by hand', async () => {
    const { UserName: _, ...key } = await createUser(server, ['iot:List*'])
    await visitor.signIn(key)
    expect((await visitor.operation('iot', 'ListThings')).status).toBe(200)
    expect((await createThing('denied')).body['message']).toMatch(
      /not authorized to perform: iot:CreateThing/,
    )
    for (const path of ['/console/events', '/muster/v1/journal', '/muster/v1/console/sessions'])
      expect({ path, status: (await visitor.call({ path })).status }).toEqual({ path, status: 403 })
  })

  it.each([
    ['a service that there is not', 'ec2', 'RunInstances', {}, 404],
    ['an operation that there is not', 'iot', 'MakeThing', {}, 404],
    ['an operation that is not offered', 'iot', 'CreateJob', { jobId: 'x', targets: ['x'] }, 501],
    ['a member that there is not', 'iot', 'CreateThing', { name: 'x' }, 400],
    ['a value of another type', 'iot', 'CreateThing', { thingName: 1 }, 400],
    ['what the model refuses', 'iot', 'CreateThing', { thingName: '' }, 400],
  ])('calls %s and hears so', async (_what, service, operation, input, status) => {
    await visitor.signIn(server.rootKey)
    expect((await visitor.operation(service, operation, input)).status).toBe(status)
  })
})
