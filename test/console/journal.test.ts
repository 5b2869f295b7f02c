/** `GET /muster/v1/journal`: what was decided, by time, reason, level, CA, and address. */
import { describe, expect, it } from 'vitest'
import { connectDevice } from '../helpers/device.ts'
import { makeCa } from '../helpers/certificates.ts'
import type { TestServer } from '../helpers/server.ts'
import { visitServer } from './visit-server.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
let visitor: Visitor
visitServer(async (here) => {
  ;({ server, visitor } = here)
  const { certificateId: _, ...stranger } = makeCa().issue({ subject: 'CN=stranger' })
  await connectDevice(server, stranger).catch(() => {}) // which the journal tells of
})

interface Entry {
  entryId: number
  code: string
  at: string
}

const ask = async (query: string) => {
  const { status, body } = await visitor.call({ path: `/muster/v1/journal?${query}` })
  const entries = (body['entries'] ?? []) as Entry[]
  return { status, body, entries, codes: entries.map(({ code }) => code) }
}

describe('the journal', () => {
  it('is filtered by one reason or several, by level, and by address', async () => {
    expect((await ask('code=ca-unknown')).codes).toEqual(['ca-unknown'])
    expect((await ask('code=ca-unknown&code=console-sign-in')).codes).toEqual([
      'console-sign-in',
      'ca-unknown',
    ])
    expect((await ask('level=warn')).codes).toEqual(['ca-unknown'])
    expect((await ask('level=info&address=127.0.0.1')).codes).toEqual(['console-sign-in'])
    expect((await ask('address=::ffff:127.0.0.1&limit=1')).codes).toEqual(['ca-unknown'])
    expect((await ask('address=192.0.2.1')).codes).toEqual([])
    expect((await ask(`caCertificateId=${'a'.repeat(64)}`)).codes).toEqual([])
  })

  it('is read by time, and page by page', async () => {
    const { entries } = await ask('')
    const refused = entries.find(({ code }) => code === 'ca-unknown')!
    expect((await ask(`after=${refused.at}&code=ca-unknown`)).codes).toEqual(['ca-unknown'])
    expect((await ask(`after=${Date.parse(refused.at) + 1}&code=ca-unknown`)).codes).toEqual([])
    expect((await ask(`before=${refused.at}&code=ca-unknown`)).codes).toEqual([])
    const newest = await ask('limit=1')
    expect(newest.entries).toEqual(entries.slice(-1))
    const older = await ask(`limit=100&marker=${String(newest.body['nextMarker'])}`)
    expect(older.entries).toEqual(entries.slice(0, -1))
    expect(older.body['nextMarker']).toBeUndefined()
  })

  it.each([
    ['after=yesterday', 'after must be a time like'],
    ['before=2026-01-31T12:00:00', 'before must be a time like'], // of which zone?
    ['before=1769860800', 'before must be a time like'], // seconds
    ['after=2026-02-01&before=2026-01-31', 'after must be earlier than before'],
    ['code=unknown-code', 'code must be one of'],
    ['code=ca-unknown&code=', 'code must be one of'],
    ['code=toString', 'code must be one of'],
    ['level=error', 'level must be info or warn, got "error"'],
    ['caCertificateId=1f', 'caCertificateId must be 64'],
    ['address=localhost', 'address must be an IPv4 or IPv6 address'],
    ['marker=0', 'marker must be the nextMarker'],
    ['marker=x', 'marker must be the nextMarker'],
    ['limit=0', 'limit must be a whole number'],
  ])('refuses %s', async (query, message) => {
    const { status, body } = await ask(query)
    expect([status, body['message']]).toEqual([400, expect.stringContaining(message)])
  })

  it('is for those who may see it', async () => {
    const stranger = new Visitor(visitor.origin)
    expect((await stranger.call({ path: '/muster/v1/journal?level=warn' })).status).toBe(403)
  })
})
