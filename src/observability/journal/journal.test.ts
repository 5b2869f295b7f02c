import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Store } from '../../store/index.ts'
import { renderRefusals, renderReport, type DeviceReport } from './index.ts'
import { accountId, at, entry, openTestJournal } from './testing/test-journal.ts'

let store: Store
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const open = (maxEntries?: number) => openTestJournal(store, maxEntries)

describe('journal', () => {
  it('gives back at once what was recorded, in order, even within one millisecond', async () => {
    await using journal = open()
    for (const clientId of ['a', 'b', 'c']) journal.record(entry({ clientId }))
    const entries = await journal.list({ accountId, limit: 10 })
    expect(entries.map(({ clientId }) => clientId)).toEqual(['a', 'b', 'c'])
    expect(entries[0]?.at).toEqual(at)
  })

  it.each([
    ['certificate id', { certificateId: 'x' }],
    ['client id', { clientId: 'x' }],
    ['thing name', { thingName: 'x' }],
  ])('finds a device by its %s', async (_, subject) => {
    await using journal = open()
    journal.record(entry(subject))
    journal.record(entry({ clientId: 'other' }))
    expect(await journal.list({ accountId, subject: 'x', limit: 10 })).toHaveLength(1)
  })

  it('keeps accounts apart', async () => {
    await using journal = open()
    journal.record(entry({ clientId: 'x', accountId: '111111111111' }))
    expect(await journal.list({ accountId, subject: 'x', limit: 10 })).toEqual([])
  })

  it('cuts values that are too long', async () => {
    await using journal = open()
    journal.record(entry({ details: { resource: 'x'.repeat(20_000) } }))
    const [stored] = await journal.list({ accountId, limit: 1 })
    expect(String(stored?.details?.['resource']).length).toBeLessThan(1100)
  })

  it('keeps few of the refusals of a device that comes back at once, and counts them all', async () => {
    await using journal = open(10_000)
    for (let index = 0; index < 2000; index += 1)
      journal.record(entry({ code: 'certificate-revoked', certificateId: 'x' }))
    expect(await journal.list({ accountId, subject: 'x', limit: 2000 })).toHaveLength(60)
    expect(journal.counts.get('certificate-revoked')).toBe(2000)
  })

  it('keeps no more entries than it is told to, and those the newest', async () => {
    await using journal = open(1000)
    for (let index = 0; index < 12_000; index += 1) journal.record(entry({ clientId: `lamp-${index}` }))
    const kept = await journal.list({ accountId, limit: 20_000 })
    expect(kept.length).toBeLessThanOrEqual(1000)
    expect(kept.length).toBeGreaterThan(400)
    expect(kept.at(-1)?.clientId).toBe('lamp-11999')
    expect(kept.map(({ entryId }) => entryId)).toEqual(
      kept.map((_, place) => 12_000 - kept.length + 1 + place),
    )
  })

  it('keeps nothing that is older than it is told to', async () => {
    await using journal = open(100_000)
    const before = new Date(at.getTime() - 31 * 86_400_000)
    journal.record(entry({ clientId: 'old', at: before }))
    await journal.list({ accountId, limit: 1 })
    for (let index = 0; index < 10_000; index += 1) journal.record(entry())
    await journal.list({ accountId, limit: 1 })
    expect(await journal.list({ accountId, subject: 'old', limit: 1 })).toHaveLength(1) // in a block with newer ones
    for (let index = 0; index < 10_000; index += 1) journal.record(entry({ clientId: 'old', at: before }))
    await journal.list({ accountId, limit: 1 })
    expect(await journal.list({ accountId, subject: 'old', limit: 2 })).toHaveLength(1)
  })

  it('goes on where it stopped, whatever the clock says', async () => {
    for (const clientId of ['a', 'b', 'c']) {
      await using journal = open()
      journal.record(entry({ clientId }))
    }
    await using journal = open()
    const entries = await journal.list({ accountId, limit: 10 })
    expect(entries.map(({ clientId, entryId }) => [clientId, entryId])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
  })

  it('finds the newest entries of a device among those of many, written at many times', async () => {
    await using journal = open(100_000)
    for (let round = 0; round < 40; round += 1) {
      journal.record(entry({ clientId: 'lamp', details: { round } }))
      for (let other = 0; other < 70; other += 1)
        journal.record(entry({ clientId: `other-${round}-${other}` }))
      if (round % 3 === 0) await journal.list({ accountId, limit: 1 })
    }
    const rounds = (await journal.list({ accountId, subject: 'lamp', limit: 5 })).map(
      ({ details }) => details,
    )
    expect(rounds).toEqual([35, 36, 37, 38, 39].map((round) => ({ round })))
    expect(await journal.list({ accountId, subject: 'lamp', limit: 100 })).toHaveLength(40)
    expect(await journal.list({ accountId, subject: 'nobody', limit: 100 })).toEqual([])
  })

  it('gives back an entry as it was recorded', async () => {
    await using journal = open()
    const full = entry({
      certificateId: 'c',
      caCertificateId: 'ca',
      clientId: 'lamp "1"\n',
      thingName: 'thing',
      sourceIp: '192.0.2.7',
      details: { text: 'two\nlines', number: 1, yes: true, list: ['a', 'b'] },
    })
    journal.record(full)
    expect(await journal.list({ accountId, limit: 1 })).toEqual([{ ...full, entryId: 1 }])
  })

  it('tells who asks when it cannot be read, and goes on', async () => {
    await using journal = open()
    await store.transact((db) => sql`alter table journal_blocks rename to away`.execute(db))
    await expect(journal.list({ accountId, limit: 1 })).rejects.toThrow('journal_blocks')
    await store.transact((db) => sql`alter table away rename to journal_blocks`.execute(db))
    journal.record(entry({ clientId: 'a' }))
    expect(await journal.list({ accountId, limit: 1 })).toMatchObject([{ clientId: 'a' }])
  })

  it('has an entry and what it tells of in one commit, and neither when that fails', async () => {
    const heard: string[] = []
    await using journal = openTestJournal(store, 1000, ({ code }) => void heard.push(code))
    journal.record(entry({ clientId: 'before' }))
    const change = (topic: string) =>
      journal.recordWith(accountId, async (db) => {
        await sql`insert into functions_of_test values (${topic})`.execute(db)
        return entry({ clientId: topic, code: 'bulk-registered' })
      })
    await expect(change('failed')).rejects.toThrow('functions_of_test')
    expect(heard).toEqual(['connected'])
    await store.transact((db) => sql`create table functions_of_test (name text)`.execute(db))
    await change('done')
    expect(heard).toEqual(['connected', 'bulk-registered'])
    expect(journal.counts.get('bulk-registered')).toBe(1)
    await journal.recordWith(accountId, async () => undefined)
    journal.record(entry({ clientId: 'after' }))
    const entries = await journal.list({ accountId, limit: 10 })
    expect(entries.map(({ clientId, entryId }) => [clientId, entryId])).toEqual([
      ['before', 1],
      ['done', 2],
      ['after', 3],
    ])
  })

  it('writes no entry again because its index failed, and indexes it later', async () => {
    await using journal = open(10_000)
    const record = (count: number) => {
      for (let index = 0; index < count; index += 1) journal.record(entry({ clientId: 'lamp' }))
    }
    const count = async () => (await journal.list({ accountId, limit: 10_000, subject: 'lamp' })).length
    record(10)
    expect(await count()).toBe(10)
    await store.transact((db) => sql`alter table journal_subjects rename to away`.execute(db))
    record(1500)
    await journal.write()
    await store.transact((db) => sql`alter table away rename to journal_subjects`.execute(db))
    expect(await count()).toBe(1510)
    record(10)
    expect(await count()).toBe(1520)
  })

  it('counts entries by code', async () => {
    await using journal = open()
    journal.record(entry())
    journal.record(entry({ code: 'connect-denied' }))
    journal.record(entry({ code: 'connect-denied' }))
    expect(Object.fromEntries(journal.counts)).toEqual({ connected: 1, 'connect-denied': 2 })
  })
})

describe('report', () => {
  const report = (changes: Partial<DeviceReport>): DeviceReport => ({
    subject: 'lamp',
    certificates: [],
    sessions: [],
    entries: [],
    ...changes,
  })

  it('says when nothing is known', () => {
    expect(renderReport(report({}))).toContain('Nothing is recorded about "lamp"')
  })

  it('ends with what to change for the newest refusal', () => {
    const suggestion = '{"Effect":"Allow","Action":"iot:Connect"}'
    const entries = [
      { accountId, code: 'connect-denied', at: at.toISOString(), clientId: 'lamp', details: { suggestion } },
    ]
    expect(renderReport(report({ entries }))).toMatch(
      /What to change:[^]*for a policy attached to the certificate:[^]*iot:Connect/,
    )
  })

  it('says of which identity a policy has to grant what was refused', () => {
    const identity = 'arn:aws:iam::123456789012:user/ann'
    const details = { suggestion: '{"Effect":"Allow","Action":"iot:Connect"}', identity }
    const entries = [{ accountId, code: 'connect-denied', at: at.toISOString(), details }]
    expect(renderReport(report({ entries }))).toContain(`for a policy of ${identity}:`)
  })

  it('asks for no change when the device got in after it was refused', () => {
    const entries = ['connect-denied', 'connected'].map((code) => ({ accountId, code, at: at.toISOString() }))
    expect(renderReport(report({ entries }))).not.toContain('What to change')
  })

  it('still asks for a change when a client that was refused a topic connected again', () => {
    const entries = ['publish-denied', 'connected'].map((code) => ({ accountId, code, at: at.toISOString() }))
    expect(renderReport(report({ entries }))).toContain('What to change')
  })

  it('says of each refusal in a list what to change, and the same once', () => {
    const entryOf = (code: string, error = '') => ({
      accountId,
      code,
      at: at.toISOString(),
      details: { error },
    })
    const entries = [
      entryOf('handshake-failed', 'ERR_SSL_HTTP_REQUEST'),
      entryOf('handshake-failed', 'ERR_SSL_NO_SHARED_CIPHER'),
      entryOf('handshake-failed', 'ERR_SSL_HTTP_REQUEST'),
      entryOf('from-the-future'),
      entryOf('no-certificate'),
    ]
    const [, advice = ''] = renderRefusals({ entries }).split('What to change:\n')
    expect(advice.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^ {2}handshake-failed: What came is not TLS/),
      expect.stringMatching(/^ {2}handshake-failed: The device offers no cipher suite/),
      expect.stringMatching(/^ {2}no-certificate: Give the client its certificate/),
    ])
  })

  it('shows an entry whose code it does not know', () => {
    const entries = [{ accountId, code: 'from-the-future', at: at.toISOString() }]
    expect(renderReport(report({ entries }))).toContain('from-the-future')
  })

  it('lets no control character of a device through to the terminal', () => {
    const entries = [{ accountId, code: 'connected', at: at.toISOString(), clientId: '\u001b[2Jevil' }]
    expect(renderReport(report({ entries }))).not.toContain('\u001b')
  })
})
