import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  accountId,
  openFleet,
  region,
  registerCa,
  type Fleet,
  type RegisteredCa,
} from '../../../test/helpers/fleet.ts'
import {
  crlPem,
  deltaCrlIndicator,
  makeCrl,
  type CrlOptions,
} from '../../../test/helpers/revocation-lists.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import { iotArn } from '../../lib/arn.ts'
import { findCaCertificate } from '../certificates/index.ts'
import { setTags, tagsOperations } from '../../registry/tags/index.ts'
import { openOutbound } from '../../../test/helpers/outbound.ts'
import { patienceMs } from '../../../test/helpers/patience.ts'
import { maxListBytes } from './read-source.ts'
import { startRevocationLists, type RevocationLists } from './revocation-lists.ts'
import { revocationListsRoute } from './route.ts'

const revoked = { serialNumber: 'A1' }
const fine = { serialNumber: 'B2' }

let stack: AsyncDisposableStack
let fleet: Fleet
let ca: RegisteredCa
let lists: RevocationLists
let changes: Change[]
/** What the CA's web server answers, and what it was asked. */
let answer: (request: IncomingMessage, response: ServerResponse) => void
let requests: IncomingMessage[]
let url: string
/** Hears what the server logs. */
let onError: (...parts: unknown[]) => void

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  fleet = stack.use(await openFleet())
  ca = await registerCa(fleet)
  changes = []
  requests = []
  onError = (...parts) => expect.fail(JSON.stringify(parts))
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => server.close().closeAllConnections())
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ca.crl`
  mkdirSync(crlDirectory())
  await start()
  fleet.fabric.onChange((change) => void changes.push(change))
})
afterEach(() => stack.disposeAsync())

const crlDirectory = () => join(fleet.directory, 'crl')
const keptFiles = () => readdirSync(join(fleet.directory, 'revocation-lists'))

async function start(): Promise<void> {
  const { store, fabric, now } = fleet
  lists = stack.use(
    await startRevocationLists({
      store,
      fabric,
      now,
      record: (entry) => fleet.entries.push(entry),
      log: { error: (...parts: unknown[]) => onError(...parts), warn: () => undefined },
      outbound: stack.use(openOutbound('loopback')),
      dataDirectory: fleet.directory,
      maxFirstLookMs: patienceMs,
    }),
  )
}

const key = () => ({ accountId, caCertificateId: ca.caId })
const judge = (certificate: { serialNumber: string }) => lists.judge({ ...key(), certificate })
const report = () => lists.report(accountId)[0]
const codes = () => fleet.entries.map(({ code }) => code)
const resourceArn = () => iotArn({ accountId, region }, `cacert/${ca.caId}`)

function tag(...tags: [name: string, value: string][]): Promise<void> {
  const operations = tagsOperations({
    ...fleet,
    resourceExists: async (db, account) => (await findCaCertificate(db, account, ca.caId)) !== undefined,
  })
  const all = tags.map(([Key, Value]) => ({ Key: `muster:${Key}`, Value }))
  return operations.TagResource({ resourceArn: resourceArn(), tags: all }, fleet.context)
}

function untag(...names: string[]): Promise<void> {
  const operations = tagsOperations({ ...fleet, resourceExists: async () => true })
  const tagKeys = names.map((name) => `muster:${name}`)
  return operations.UntagResource({ resourceArn: resourceArn(), tagKeys }, fleet.context)
}

/** The CA's web server has this list from now on. */
function publish(options: CrlOptions = {}, headers: Record<string, string> = {}): void {
  const crl = makeCrl(ca, { revoked: [0xa1n], ...options })
  answer = (_request, response) => response.writeHead(200, headers).end(crl)
}

function publishStatus(status: number, headers: Record<string, string> = {}): void {
  answer = (_request, response) => response.writeHead(status, headers).end('nothing here')
}

const inMinutes = (minutes: number) => new Date(fleet.clock.now.getTime() + minutes * 60_000)

describe('a list', () => {
  it('is in force when the tag is set, and tells who is revoked', async () => {
    publish({ number: 7n })
    await tag(['crl', url])
    expect([judge(revoked), judge(fine)]).toEqual(['revoked-by-crl', undefined])
    expect(['A1', 'B2'].map((serial) => lists.isRevoked(accountId, ca.caId, serial))).toEqual([true, false])
    expect(report()).toMatchObject({
      state: 'current',
      entries: 1,
      crlNumber: '7',
      policy: 'soft',
      source: url,
    })
    expect(codes()).toEqual(['crl-loaded'])
    expect(requests[0]!.headers).not.toHaveProperty('authorization')
  })

  it('comes with the registration of its CA just as well', async () => {
    publish()
    await fleet.store.transact((db) =>
      setTags(db, accountId, resourceArn(), [{ Key: 'muster:crl', Value: url }]),
    )
    await fleet.fabric.announce({ accountId, kind: 'ca-certificate', id: ca.caId })
    expect(judge(revoked)).toBe('revoked-by-crl')
  })

  it('of one CA says nothing of another, nor of another account', async () => {
    publish()
    await tag(['crl', url])
    expect(lists.judge({ accountId, caCertificateId: 'f'.repeat(64), certificate: revoked })).toBeUndefined()
    expect(lists.judge({ ...key(), accountId: '999999999999', certificate: revoked })).toBeUndefined()
    expect(lists.report('999999999999')).toEqual([])
  })

  it('costs a certificate of a CA without one not even a look at its number', () => {
    const certificate = {
      get serialNumber(): string {
        throw new Error('it was asked for its number')
      },
    }
    expect(lists.judge({ ...key(), certificate })).toBeUndefined()
  })

  it('that is newer replaces it and is announced; the same one again is not', async () => {
    publish({ number: 1n })
    await tag(['crl', url])
    publish({ number: 2n, revoked: [0xa1n, 0xb2n] })
    await lists.refresh(key())
    expect([judge(revoked), judge(fine)]).toEqual(['revoked-by-crl', 'revoked-by-crl'])
    await lists.refresh(key())
    const announced = changes.filter(({ kind }) => kind === 'revocation-list')
    expect(announced).toEqual(
      Array.from({ length: 2 }, () => ({ accountId, kind: 'revocation-list', id: ca.caId })),
    )
    expect(codes()).toEqual(['crl-loaded', 'crl-loaded'])
  })

  it('lets a certificate back in that was on hold', async () => {
    publish({ number: 1n, revoked: [{ serialNumber: 0xa1n, reason: 6 }] })
    await tag(['crl', url])
    expect(judge(revoked)).toBe('revoked-by-crl')
    publish({ number: 2n, revoked: [] })
    await lists.refresh(key())
    expect(judge(revoked)).toBeUndefined()
  })

  it('is not sent again while the server says that it is the same', async () => {
    publish({}, { etag: '"one"' })
    await tag(['crl', url])
    publishStatus(304)
    await lists.refresh(key())
    expect(requests[1]!.headers['if-none-match']).toBe('"one"')
    expect([judge(revoked), report()!.error]).toEqual(['revoked-by-crl', undefined])
  })

  it('is followed through redirects', async () => {
    publish()
    const serve = answer
    answer = (request, response) =>
      request.url === '/ca.crl'
        ? response.writeHead(302, { location: '/moved.crl' }).end()
        : serve(request, response)
    await tag(['crl', url])
    expect(judge(revoked)).toBe('revoked-by-crl')
  })

  it('is in force although it cannot be kept, which is tried again', async () => {
    const inTheWay = join(fleet.directory, 'revocation-lists', `${accountId}-${ca.caId}.crl.new`)
    mkdirSync(inTheWay)
    let logged = 0
    onError = () => logged++
    publish()
    await tag(['crl', url])
    expect([judge(revoked), logged]).toEqual(['revoked-by-crl', 1])
    expect(report()).toMatchObject({
      state: 'current',
      error: expect.stringContaining('see the log') as string,
    })
    rmSync(inTheWay, { recursive: true })
    await lists.refresh(key())
    expect([report()!.error, keptFiles()]).toEqual([undefined, [`${accountId}-${ca.caId}.crl`]])
  })

  it('is known after a restart without a network', async () => {
    publish({ number: 5n })
    await tag(['crl', url])
    publishStatus(500)
    lists[Symbol.dispose]()
    await start()
    expect([judge(revoked), judge(fine), report()!.crlNumber]).toEqual(['revoked-by-crl', undefined, '5'])
  })

  it('that was tampered with on disk does not count after a restart', async () => {
    publish()
    await tag(['crl', url])
    publishStatus(500)
    const [name] = keptFiles()
    writeFileSync(
      join(fleet.directory, 'revocation-lists', name!),
      makeCrl(ca, { forged: true, revoked: [0xb2n] }),
    )
    lists[Symbol.dispose]()
    await start()
    expect([judge(fine), report()!.state]).toEqual([undefined, 'missing'])
  })

  it('is forgotten, on disk too, when the tag is taken away', async () => {
    publish()
    await tag(['crl', url])
    await untag('crl')
    expect([judge(revoked), lists.report(accountId), keptFiles()]).toEqual([undefined, [], []])
  })

  it('is forgotten when its CA is deleted', async () => {
    publish()
    await tag(['crl', url])
    await fleet.cas.UpdateCACertificate({ certificateId: ca.caId, newStatus: 'INACTIVE' }, fleet.context)
    await fleet.cas.DeleteCACertificate({ certificateId: ca.caId }, fleet.context)
    expect([judge(revoked), keptFiles()]).toEqual([undefined, []])
  })

  it('is shown to operators', async () => {
    publish({ number: 3n })
    await tag(['crl', `${url}?key=secret`], ['crl-policy', 'hard'])
    const route = revocationListsRoute(lists, { accountId, region })
    expect(route.path).toBe('/muster/v1/revocation-lists')
    const shown = await route.handle(new URLSearchParams(), { accountId })
    expect(shown).toEqual({
      revocationLists: [expect.objectContaining({ caCertificateId: ca.caId, policy: 'hard' })],
    })
    expect(JSON.stringify([shown, fleet.entries])).not.toContain('secret')
    expect(lists.stats()).toEqual({ lists: 1, unavailable: 0, revoked: 1 })
  })
})

describe('a list in a file', () => {
  const file = () => join(crlDirectory(), 'lamps.crl')

  it('counts, in PEM too, and is read again when the file changes', async () => {
    writeFileSync(file(), crlPem(makeCrl(ca, { revoked: [0xa1n] })))
    await tag(['crl', 'lamps.crl'])
    expect([judge(revoked), judge(fine)]).toEqual(['revoked-by-crl', undefined])
    writeFileSync(file(), makeCrl(ca, { number: 2n, revoked: [0xb2n] }))
    await lists.refresh(key())
    expect([judge(revoked), judge(fine)]).toEqual([undefined, 'revoked-by-crl'])
  })

  it('is not read while the file stays as it is', async () => {
    const at = new Date('2026-01-01T00:00:00Z')
    const write = (content: Uint8Array) => {
      writeFileSync(file(), content)
      utimesSync(file(), at, at)
    }
    const crl = makeCrl(ca, { revoked: [0xa1n] })
    write(crl)
    await tag(['crl', 'lamps.crl'])
    write(Buffer.alloc(crl.length)) // would be refused
    await lists.refresh(key())
    expect([judge(revoked), report()!.error]).toEqual(['revoked-by-crl', undefined])
  })

  it.each<[string, (path: string) => void, string]>([
    ['is not there', () => {}, 'cannot be read: ENOENT'],
    ['is a directory', (path) => mkdirSync(path), 'is no file'],
    ['points nowhere', (path) => symlinkSync('/nowhere/at/all', path), 'cannot be read: ENOENT'],
    ['is a device', (path) => symlinkSync('/dev/zero', path), 'is no file'],
    ['is empty', (path) => writeFileSync(path, ''), 'is neither DER nor PEM'],
    ['is no list', (path) => writeFileSync(path, 'root:x:0:0'), 'is neither DER nor PEM'],
  ])('is missing when the file %s', async (_, make, error) => {
    make(file())
    await tag(['crl', 'lamps.crl'])
    expect(report()).toMatchObject({ state: 'missing', error: expect.stringContaining(error) as string })
    expect(codes()).toEqual(['crl-unavailable'])
    rmSync(file(), { recursive: true, force: true })
  })
})

/** Sends zeros for as long as anybody listens. */
function pour(response: ServerResponse): void {
  const zeros = Buffer.alloc(1024 * 1024)
  const source = new Readable({ read: () => void source.push(zeros) })
  pipeline(source, response).catch(() => {}) // whoever listened has left
}

describe('a list that cannot be had', () => {
  const other = () => makeCrl(ca, { issuer: 'CN=Other' })
  const bad: [string, () => void, string][] = [
    ['the server refuses', () => publishStatus(404), 'cannot be read: HTTP status 404'],
    ['the server has nothing new of what is not known', () => publishStatus(304), 'HTTP status 304'],
    [
      'the server hangs up',
      () => (answer = (request) => request.socket.destroy()),
      'cannot be read: no answer',
    ],
    [
      'the server ends in the middle',
      () =>
        (answer = (_, response) =>
          response.writeHead(200, { 'content-length': 500 }).end('x', () => response.destroy())),
      'cannot be read: no answer',
    ],
    [
      'it is too large without saying so',
      () => (answer = (_, response) => pour(response)),
      `has more than ${maxListBytes} bytes`,
    ],
    [
      'it is too large by its own account',
      () =>
        (answer = (_, response) =>
          void response.writeHead(200, { 'content-length': maxListBytes + 1 }).write('x')),
      `has more than ${maxListBytes} bytes`,
    ],
    [
      'the redirect leads to a file',
      () => publishStatus(302, { location: 'file:///etc/passwd' }),
      'no http(s) URL',
    ],
    [
      'the redirect leads to where clouds give out credentials',
      () => publishStatus(307, { location: 'http://169.254.169.254/latest' }),
      'no http(s) URL',
    ],
    ['redirects never end', () => publishStatus(302, { location: '/ca.crl' }), 'more than 3 redirects'],
    ['it is garbage', () => publishStatus(200), 'is neither DER nor PEM'],
    [
      'it is of another issuer',
      () => (answer = (_, response) => response.end(other())),
      'is issued by "CN=Other"',
    ],
    ['its signature is wrong', () => publish({ forged: true }), 'was not signed with the key'],
    ['it is a delta', () => publish({ extensions: [deltaCrlIndicator] }), 'is a delta CRL'],
  ]

  it.each(bad)('as %s: the soft policy lets devices in and the journal has it', async (_, serve, error) => {
    serve()
    await tag(['crl', url])
    expect([judge(revoked), judge(fine)]).toEqual([undefined, undefined])
    expect(report()).toMatchObject({ state: 'missing', error: expect.stringContaining(error) as string })
    expect(codes()).toEqual(['crl-unavailable'])
    expect(fleet.entries[0]).toMatchObject({
      caCertificateId: ca.caId,
      details: { state: 'missing', policy: 'soft', error: expect.stringContaining(error) as string },
    })
  })

  it.each([
    ['http://127.0.0.1:1/ca.crl', 'cannot be read: no answer from http://127.0.0.1:1'],
    ['http://no-such-name.invalid/ca.crl', 'cannot be read: no answer from http://no-such-name.invalid'],
    ['http://10.0.0.7/ca.crl', 'cannot be read: 10.0.0.7 is an address of a private network'],
  ])('at %s tells no more of the network than was written down', async (place, error) => {
    await tag(['crl', place])
    expect(report()?.error).toContain(error)
    expect(JSON.stringify([report(), fleet.entries])).not.toMatch(/ECONN|ENOTFOUND|EAI_AGAIN|refused/)
  })

  it.each(bad)('as %s: the hard policy keeps devices out', async (_, serve) => {
    serve()
    await tag(['crl', url], ['crl-policy', 'hard'])
    expect([judge(revoked), judge(fine)]).toEqual(['revocation-unknown', 'revocation-unknown'])
    expect(lists.stats()).toMatchObject({ lists: 1, unavailable: 1 })
  })

  // of what is known, that there is nothing new is good news
  const alsoBadLater = bad.filter(([situation]) => !situation.includes('nothing new'))
  it.each(alsoBadLater)('as %s: an earlier one stays in force', async (_, serve) => {
    publish()
    await tag(['crl', url], ['crl-policy', 'hard'])
    serve()
    await lists.refresh(key())
    expect([judge(revoked), judge(fine)]).toEqual(['revoked-by-crl', undefined])
    expect(report()).toMatchObject({ state: 'current', error: expect.any(String) as string })
    expect(codes()).toEqual(['crl-loaded', 'crl-unavailable'])
  })

  it('is recorded once, not for each try that fails alike', async () => {
    publishStatus(404)
    await tag(['crl', url])
    await lists.refresh(key())
    await lists.refresh(key())
    expect(codes()).toEqual(['crl-unavailable'])
    publishStatus(500)
    await lists.refresh(key())
    expect(codes()).toEqual(['crl-unavailable', 'crl-unavailable'])
    fleet.clock.now = inMinutes(61)
    await lists.refresh(key())
    expect(codes()).toHaveLength(3)
  })

  it('as it has expired: what it revokes stays out, and the policy decides about the rest', async () => {
    publish({ nextUpdate: inMinutes(10) })
    await tag(['crl', url], ['crl-policy', 'hard'])
    expect([judge(revoked), judge(fine)]).toEqual(['revoked-by-crl', undefined])
    fleet.clock.now = inMinutes(11)
    expect([judge(revoked), judge(fine)]).toEqual(['revoked-by-crl', 'revocation-unknown'])
    expect(lists.isRevoked(accountId, ca.caId, fine.serialNumber)).toBe(false) // who is connected may stay
    await lists.refresh(key())
    expect(report()).toMatchObject({
      state: 'expired',
      error: expect.stringContaining('expired on') as string,
    })
    await tag(['crl-policy', 'soft'])
    expect([judge(revoked), judge(fine)]).toEqual(['revoked-by-crl', undefined])
    publish({ number: 2n, nextUpdate: inMinutes(20) })
    await lists.refresh(key())
    expect([report()!.state, report()!.error, judge(fine)]).toEqual(['current', undefined, undefined])
  })

  it('as it is older than the one in force, after a restart too', async () => {
    publish({ number: 9n })
    await tag(['crl', url])
    publish({ number: 8n, revoked: [] })
    await lists.refresh(key())
    expect(judge(revoked)).toBe('revoked-by-crl')
    lists[Symbol.dispose]()
    await start()
    await lists.refresh(key())
    expect(judge(revoked)).toBe('revoked-by-crl')
    expect(report()!.error).toContain('has the number 8, which is lower than 9')
  })
})

it('keeps nothing of CAs that lost their tags while the server was down', async () => {
  publish()
  await tag(['crl', url])
  lists[Symbol.dispose]()
  await untag('crl')
  expect(keptFiles()).toHaveLength(1)
  await start()
  expect([lists.report(accountId), keptFiles()]).toEqual([[], []])
  expect(existsSync(join(fleet.directory, 'secrets.key'))).toBe(true)
})

it('ends a download that is under way when it is disposed of', async () => {
  const asked = new Promise<IncomingMessage>((resolve) => (answer = (request) => resolve(request)))
  const tagged = tag(['crl', url])
  const request = await asked
  const closed = once(request.socket, 'close')
  lists[Symbol.dispose]()
  await Promise.all([closed, tagged])
  expect(codes()).toEqual([])
})
