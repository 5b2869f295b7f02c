import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, region } from '../../../test/helpers/fleet.ts'
import { crlPem, makeCrl } from '../../../test/helpers/revocation-lists.ts'
import { setTags } from '../../registry/tags/index.ts'
import { revocationListsRoute } from './route.ts'
import { fine, openListScene, revoked, type ListScene } from './testing/test-lists.ts'

let scene: ListScene
beforeEach(async () => void (scene = await openListScene()))
afterEach(() => scene[Symbol.asyncDispose]())

describe('a list', () => {
  it('is in force when the tag is set, and tells who is revoked', async () => {
    scene.publish({ number: 7n })
    await scene.tag(['crl', scene.url])
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual(['revoked-by-crl', undefined])
    expect(['A1', 'B2'].map((serial) => scene.lists.isRevoked(accountId, scene.ca.caId, serial))).toEqual([
      true,
      false,
    ])
    expect(scene.report()).toMatchObject({
      state: 'current',
      entries: 1,
      crlNumber: '7',
      policy: 'soft',
      source: scene.url,
    })
    expect(scene.codes()).toEqual(['crl-loaded'])
    expect(scene.requests[0]!.headers).not.toHaveProperty('authorization')
  })

  it('comes with the registration of its CA just as well', async () => {
    scene.publish()
    await scene.fleet.store.transact((db) =>
      setTags(db, accountId, scene.resourceArn(), [{ Key: 'muster:crl', Value: scene.url }]),
    )
    await scene.fleet.fabric.announce({ accountId, kind: 'ca-certificate', id: scene.ca.caId })
    expect(scene.judge(revoked)).toBe('revoked-by-crl')
  })

  it('of one CA says nothing of another, nor of another account', async () => {
    scene.publish()
    await scene.tag(['crl', scene.url])
    expect(
      scene.lists.judge({ accountId, caCertificateId: 'f'.repeat(64), certificate: revoked }),
    ).toBeUndefined()
    expect(
      scene.lists.judge({ ...scene.key(), accountId: '999999999999', certificate: revoked }),
    ).toBeUndefined()
    expect(scene.lists.report('999999999999')).toEqual([])
  })

  it('costs a certificate of a CA without one not even a look at its number', () => {
    const certificate = {
      get serialNumber(): string {
        throw new Error('it was asked for its number')
      },
    }
    expect(scene.lists.judge({ ...scene.key(), certificate })).toBeUndefined()
  })

  it('that is newer replaces it and is announced; the same one again is not', async () => {
    scene.publish({ number: 1n })
    await scene.tag(['crl', scene.url])
    scene.publish({ number: 2n, revoked: [0xa1n, 0xb2n] })
    await scene.lists.refresh(scene.key())
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual(['revoked-by-crl', 'revoked-by-crl'])
    await scene.lists.refresh(scene.key())
    const announced = scene.changes.filter(({ kind }) => kind === 'revocation-list')
    expect(announced).toEqual(
      Array.from({ length: 2 }, () => ({ accountId, kind: 'revocation-list', id: scene.ca.caId })),
    )
    expect(scene.codes()).toEqual(['crl-loaded', 'crl-loaded'])
  })

  it('lets a certificate back in that was on hold', async () => {
    scene.publish({ number: 1n, revoked: [{ serialNumber: 0xa1n, reason: 6 }] })
    await scene.tag(['crl', scene.url])
    expect(scene.judge(revoked)).toBe('revoked-by-crl')
    scene.publish({ number: 2n, revoked: [] })
    await scene.lists.refresh(scene.key())
    expect(scene.judge(revoked)).toBeUndefined()
  })

  it('is not sent again while the server says that it is the same', async () => {
    scene.publish({}, { etag: '"one"' })
    await scene.tag(['crl', scene.url])
    scene.publishStatus(304)
    await scene.lists.refresh(scene.key())
    expect(scene.requests[1]!.headers['if-none-match']).toBe('"one"')
    expect([scene.judge(revoked), scene.report()!.error]).toEqual(['revoked-by-crl', undefined])
  })

  it('is followed through redirects', async () => {
    scene.publish()
    const serve = scene.answer
    scene.answer = (request, response) =>
      request.url === '/ca.crl'
        ? response.writeHead(302, { location: '/moved.crl' }).end()
        : serve(request, response)
    await scene.tag(['crl', scene.url])
    expect(scene.judge(revoked)).toBe('revoked-by-crl')
  })

  it('is in force although it cannot be kept, which is tried again', async () => {
    const inTheWay = join(scene.fleet.directory, 'revocation-lists', `${accountId}-${scene.ca.caId}.crl.new`)
    mkdirSync(inTheWay)
    let logged = 0
    scene.onError = () => logged++
    scene.publish()
    await scene.tag(['crl', scene.url])
    expect([scene.judge(revoked), logged]).toEqual(['revoked-by-crl', 1])
    expect(scene.report()).toMatchObject({
      state: 'current',
      error: expect.stringContaining('see the log') as string,
    })
    rmSync(inTheWay, { recursive: true })
    await scene.lists.refresh(scene.key())
    expect([scene.report()!.error, scene.keptFiles()]).toEqual([
      undefined,
      [`${accountId}-${scene.ca.caId}.crl`],
    ])
  })

  it('is known after a restart without a network', async () => {
    scene.publish({ number: 5n })
    await scene.tag(['crl', scene.url])
    scene.publishStatus(500)
    scene.lists[Symbol.dispose]()
    await scene.start()
    expect([scene.judge(revoked), scene.judge(fine), scene.report()!.crlNumber]).toEqual([
      'revoked-by-crl',
      undefined,
      '5',
    ])
  })

  it('that was tampered with on disk does not count after a restart', async () => {
    scene.publish()
    await scene.tag(['crl', scene.url])
    scene.publishStatus(500)
    const [name] = scene.keptFiles()
    writeFileSync(
      join(scene.fleet.directory, 'revocation-lists', name!),
      makeCrl(scene.ca, { forged: true, revoked: [0xb2n] }),
    )
    scene.lists[Symbol.dispose]()
    await scene.start()
    expect([scene.judge(fine), scene.report()!.state]).toEqual([undefined, 'missing'])
  })

  it('is forgotten, on disk too, when the tag is taken away', async () => {
    scene.publish()
    await scene.tag(['crl', scene.url])
    await scene.untag('crl')
    expect([scene.judge(revoked), scene.lists.report(accountId), scene.keptFiles()]).toEqual([
      undefined,
      [],
      [],
    ])
  })

  it('is forgotten when its CA is deleted', async () => {
    scene.publish()
    await scene.tag(['crl', scene.url])
    await scene.fleet.cas.UpdateCACertificate(
      { certificateId: scene.ca.caId, newStatus: 'INACTIVE' },
      scene.fleet.context,
    )
    await scene.fleet.cas.DeleteCACertificate({ certificateId: scene.ca.caId }, scene.fleet.context)
    expect([scene.judge(revoked), scene.keptFiles()]).toEqual([undefined, []])
  })

  it('is shown to operators', async () => {
    scene.publish({ number: 3n })
    await scene.tag(['crl', `${scene.url}?key=secret`], ['crl-policy', 'hard'])
    const route = revocationListsRoute(scene.lists, { accountId, region })
    expect(route.path).toBe('/muster/v1/revocation-lists')
    const shown = await route.handle(new URLSearchParams(), { accountId })
    expect(shown).toEqual({
      revocationLists: [expect.objectContaining({ caCertificateId: scene.ca.caId, policy: 'hard' })],
    })
    expect(JSON.stringify([shown, scene.fleet.entries])).not.toContain('secret')
    expect(scene.lists.stats()).toEqual({ lists: 1, unavailable: 0, revoked: 1 })
  })
})

describe('a list in a file', () => {
  const file = () => join(scene.crlDirectory(), 'lamps.crl')

  it('counts, in PEM too, and is read again when the file changes', async () => {
    writeFileSync(file(), crlPem(makeCrl(scene.ca, { revoked: [0xa1n] })))
    await scene.tag(['crl', 'lamps.crl'])
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual(['revoked-by-crl', undefined])
    writeFileSync(file(), makeCrl(scene.ca, { number: 2n, revoked: [0xb2n] }))
    await scene.lists.refresh(scene.key())
    expect([scene.judge(revoked), scene.judge(fine)]).toEqual([undefined, 'revoked-by-crl'])
  })

  it('is not read while the file stays as it is', async () => {
    const at = new Date('2026-01-01T00:00:00Z')
    const write = (content: Uint8Array) => {
      writeFileSync(file(), content)
      utimesSync(file(), at, at)
    }
    const crl = makeCrl(scene.ca, { revoked: [0xa1n] })
    write(crl)
    await scene.tag(['crl', 'lamps.crl'])
    write(Buffer.alloc(crl.length)) // would be refused
    await scene.lists.refresh(scene.key())
    expect([scene.judge(revoked), scene.report()!.error]).toEqual(['revoked-by-crl', undefined])
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
    await scene.tag(['crl', 'lamps.crl'])
    expect(scene.report()).toMatchObject({
      state: 'missing',
      error: expect.stringContaining(error) as string,
    })
    expect(scene.codes()).toEqual(['crl-unavailable'])
    rmSync(file(), { recursive: true, force: true })
  })
})

it('keeps nothing of CAs that lost their tags while the server was down', async () => {
  scene.publish()
  await scene.tag(['crl', scene.url])
  scene.lists[Symbol.dispose]()
  await scene.untag('crl')
  expect(scene.keptFiles()).toHaveLength(1)
  await scene.start()
  expect([scene.lists.report(accountId), scene.keptFiles()]).toEqual([[], []])
  expect(existsSync(join(scene.fleet.directory, 'secrets.key'))).toBe(true)
})

it('ends a download that is under way when it is disposed of', async () => {
  const asked = new Promise<IncomingMessage>((resolve) => (scene.answer = (request) => resolve(request)))
  const tagged = scene.tag(['crl', scene.url])
  const request = await asked
  const closed = once(request.socket, 'close')
  scene.lists[Symbol.dispose]()
  await Promise.all([closed, tagged])
  expect(scene.codes()).toEqual([])
})
