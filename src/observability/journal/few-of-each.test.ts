import { describe, expect, it } from 'vitest'
import type { JournalEntry } from './entry.ts'
import { recordRepeats, recordStrangers } from './few-of-each.ts'

function open() {
  const entries: JournalEntry[] = []
  const record = recordStrangers((entry) => entries.push(entry))
  const at = (time: number, code: JournalEntry['code'] = 'no-certificate', accountId = 'a') =>
    record({ accountId, code, at: new Date(time), details: { error: 'x' } })
  return { entries, at }
}

describe('entries about strangers', () => {
  it('are recorded as they are while there are few', () => {
    const { entries, at } = open()
    at(0)
    expect(entries).toEqual([
      { accountId: 'a', code: 'no-certificate', at: new Date(0), details: { error: 'x' } },
    ])
  })

  it('are counted when there are many, and told with the next one', () => {
    const { entries, at } = open()
    for (let time = 0; time < 100; time++) at(time)
    expect(entries).toHaveLength(20)
    at(1000)
    expect(entries.at(-1)?.details).toEqual({ error: 'x', notRecorded: 80 })
    at(1001)
    expect(entries.at(-1)?.details).toEqual({ error: 'x' })
  })

  it('of one kind hide none of another', () => {
    const { entries, at } = open()
    for (let time = 0; time < 100; time++) at(time)
    at(100, 'signature-refused')
    expect(entries.at(-1)?.code).toBe('signature-refused')
  })

  it('of one account hide none of another, and are not counted there', () => {
    const { entries, at } = open()
    for (let time = 0; time < 100; time++) at(time)
    at(100, 'no-certificate', 'b')
    at(1000, 'no-certificate', 'b')
    const told = entries.filter(({ accountId }) => accountId === 'b')
    expect(told.map(({ details }) => details)).toEqual([{ error: 'x' }, { error: 'x' }])
  })

  it('go on when the clock is set back', () => {
    const { entries, at } = open()
    for (let time = 0; time < 100; time++) at(1_000_000 + time)
    at(5)
    expect(entries).toHaveLength(21)
  })
})

describe('entries about one device', () => {
  function openRepeats() {
    const entries: JournalEntry[] = []
    const record = recordRepeats((entry) => entries.push(entry))
    const at = (time: number, more: Partial<JournalEntry> = {}) =>
      record({
        accountId: 'a',
        code: 'certificate-revoked',
        certificateId: 'c1',
        at: new Date(time),
        ...more,
      })
    return { entries, at }
  }

  it('are counted when it is refused again and again', () => {
    const { entries, at } = openRepeats()
    for (let time = 0; time < 1000; time++) at(time)
    expect(entries).toHaveLength(60)
    at(60_000)
    expect(entries.at(-1)?.details).toEqual({ notRecorded: 940 })
  })

  it.each<[string, Partial<JournalEntry>]>([
    ['another device', { certificateId: 'c2' }],
    ['another account', { accountId: 'b' }],
    ['another reason', { code: 'connect-denied' }],
    ['good news', { code: 'connected' }],
  ])('hide nothing about %s', (_what, more) => {
    const { entries, at } = openRepeats()
    for (let time = 0; time < 1000; time++) at(time)
    at(1000, more)
    expect(entries.at(-1)).toMatchObject(more)
  })

  it('are counted for an identity too', () => {
    const { entries, at } = openRepeats()
    const ofIdentity = { code: 'connect-denied', details: { identity: 'arn:aws:iam::1:user/ann' } } as const
    const more = (clientId: string) => ({ ...ofIdentity, clientId, certificateId: undefined as never })
    for (let time = 0; time < 1000; time++) at(time, more(`${time}`))
    expect(entries).toHaveLength(60)
  })

  it('are all recorded when they are no refusals', () => {
    const { entries, at } = openRepeats()
    for (let time = 0; time < 1000; time++) at(time, { code: 'connected' })
    expect(entries).toHaveLength(1000)
  })
})
