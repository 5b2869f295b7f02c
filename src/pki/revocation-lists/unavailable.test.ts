import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId } from '../../../test/helpers/fleet.ts'
import { deltaCrlIndicator, makeCrl } from '../../../test/helpers/revocation-lists.ts'
import { maxListBytes } from './read-source.ts'
import { fine, openListScene, revoked, type ListScene } from './testing/test-lists.ts'

let scene: ListScene
beforeEach(async () => void (scene = await openListScene()))
afterEach(() => scene[Symbol.asyncDispose]())

/** Sends zeros for as long as anybody listens. */
function pour(response: ServerResponse): void {
  const zeros = Buffer.alloc(1024 * 1024)
  const source = new Readable({ read: () => void source.push(zeros) })
  pipeline(source, response).catch(() => {}) // whoever listened has left
}

describe('a list that cannot be had', () => {
  const other = () => makeCrl(scene.ca, { issuer: 'CN=Other' })
  const bad: [string, () => void, string][] = [
    ['the server refuses', () => scene.publishStatus(404), 'cannot be read: HTTP status 404'],
    ['the server has nothing new of what is not known', () => scene.publishStatus(304), 'HTTP status 304'],
    [
      'the server hangs up',
      () => (scene.answer = (request) => request.socket.destroy()),
      'cannot be read: no answer',
    ],
    [
      'the server ends in the middle',
      () =>
        (scene.answer = (_, response) =>
          response.writeHead(200, { 'content-length': 500 }).end('x', () => response.destroy())),
      'cannot be read: no answer',
    ],
    [
      'it is too large without saying so',
      () => (scene.answer = (_, response) => pour(response)),
      `has more than ${maxListBytes} bytes`,
    ],
    [
      'it is too large by its own account',
      () =>
        (scene.answer = (_, response) =>
          void response.writeHead(200, { 'content-length': maxListBytes + 1 }).write('x')),
      `has more than ${maxListBytes} bytes`,
    ],
    [
      'the redirect leads to a file',
      () => scene.publishStatus(302, { location: 'file:///etc/passwd' }),
      'no http(s) URL',
    ],
    [
      'the redirect leads to where clouds give out credentials',
      () => scene.publishStatus(307, { location: 'http://169.254.169.254/latest' }),
      'no http(s) URL',
    ],
    ['redirects never end', () => scene.publishStatus(302, { location: '/ca.crl' }), 'more than 3 redirects'],
    ['it is garbage', () => scene.publishStatus(200), 'is neither DER nor PEM'],
    [
      'it is of another issuer',
      () => (scene.answer = (_, response) => response.end(other())),
      'is issued by "CN=Other"',
    ],
    ['its signature is wrong', () => scene.publish({ forged: true }), 'was not signed with the key'],
    ['it is a delta', () => scene.publish({ extensions: [deltaCrlIndicator] }), 'is a delta CRL'],
  ]

  it.each(bad)('as %s: the soft policy lets devices in and the journal has it', async (_, serve, error) => {
    serve()
    await scene.tag(['crl', scene.url])
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual([undefined, undefined])
    expect(scene.report()).toMatchObject({
      state: 'missing',
      error: expect.stringContaining(error) as string,
    })
    expect(scene.codes()).toEqual(['crl-unavailable'])
    expect(scene.fleet.entries[0]).toMatchObject({
      caCertificateId: scene.ca.caId,
      details: { state: 'missing', policy: 'soft', error: expect.stringContaining(error) as string },
    })
  })

  it.each([
    ['http://127.0.0.1:1/ca.crl', 'cannot be read: no answer from http://127.0.0.1:1'],
    ['http://no-such-name.invalid/ca.crl', 'cannot be read: no answer from http://no-such-name.invalid'],
    ['http://10.0.0.7/ca.crl', 'cannot be read: 10.0.0.7 is an address of a private network'],
  ])('at %s tells no more of the network than was written down', async (place, error) => {
    await scene.tag(['crl', place])
    expect(scene.report()?.error).toContain(error)
    expect(JSON.stringify([scene.report(), scene.fleet.entries])).not.toMatch(
      /ECONN|ENOTFOUND|EAI_AGAIN|refused/,
    )
  })

  it.each(bad)('as %s: the hard policy keeps devices out', async (_, serve) => {
    serve()
    await scene.tag(['crl', scene.url], ['crl-policy', 'hard'])
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual(['revocation-unknown', 'revocation-unknown'])
    expect(scene.lists.stats()).toMatchObject({ lists: 1, unavailable: 1 })
  })

  // of what is known, that there is nothing new is good news
  const alsoBadLater = bad.filter(([situation]) => !situation.includes('nothing new'))
  it.each(alsoBadLater)('as %s: an earlier one stays in force', async (_, serve) => {
    scene.publish()
    await scene.tag(['crl', scene.url], ['crl-policy', 'hard'])
    serve()
    await scene.lists.refresh(scene.key())
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual(['revoked-by-crl', undefined])
    expect(scene.report()).toMatchObject({ state: 'current', error: expect.any(String) as string })
    expect(scene.codes()).toEqual(['crl-loaded', 'crl-unavailable'])
  })

  it('is recorded once, not for each try that fails alike', async () => {
    scene.publishStatus(404)
    await scene.tag(['crl', scene.url])
    await scene.lists.refresh(scene.key())
    await scene.lists.refresh(scene.key())
    expect(scene.codes()).toEqual(['crl-unavailable'])
    scene.publishStatus(500)
    await scene.lists.refresh(scene.key())
    expect(scene.codes()).toEqual(['crl-unavailable', 'crl-unavailable'])
    scene.fleet.clock.now = scene.inMinutes(61)
    await scene.lists.refresh(scene.key())
    expect(scene.codes()).toHaveLength(3)
  })

  it('as it has expired: what it revokes stays out, and the policy decides about the rest', async () => {
    scene.publish({ nextUpdate: scene.inMinutes(10) })
    await scene.tag(['crl', scene.url], ['crl-policy', 'hard'])
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual(['revoked-by-crl', undefined])
    scene.fleet.clock.now = scene.inMinutes(11)
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual(['revoked-by-crl', 'revocation-unknown'])
    expect(scene.lists.isRevoked(accountId, scene.ca.caId, fine.serialNumber)).toBe(false) // who is connected may stay
    await scene.lists.refresh(scene.key())
    expect(scene.report()).toMatchObject({
      state: 'expired',
      error: expect.stringContaining('expired on') as string,
    })
    await scene.tag(['crl-policy', 'soft'])
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual(['revoked-by-crl', undefined])
    scene.publish({ number: 2n, nextUpdate: scene.inMinutes(20) })
    await scene.lists.refresh(scene.key())
    expect([scene.report()!.state, scene.report()!.error, scene.judge(fine)]).toEqual([
      'current',
      undefined,
      undefined,
    ])
  })

  it('as it is older than the one in force, after a restart too', async () => {
    scene.publish({ number: 9n })
    await scene.tag(['crl', scene.url])
    scene.publish({ number: 8n, revoked: [] })
    await scene.lists.refresh(scene.key())
    expect(scene.judge(revoked)).toBe('revoked-by-crl')
    scene.lists[Symbol.dispose]()
    await scene.start()
    await scene.lists.refresh(scene.key())
    expect(scene.judge(revoked)).toBe('revoked-by-crl')
    expect(scene.report()!.error).toContain('has the number 8, which is lower than 9')
  })
})
