import { describe, expect, it } from 'vitest'
import type { JournalEntry } from './entry.ts'
import { recordStrangers } from './strangers.ts'

function open() {
  const entries: JournalEntry[] = []
  const record = recordStrangers((entry) => entries.push(entry))
  const at = (time: number, code: JournalEntry['code'] = 'no-certificate') =>
    record({ accountId: 'a', code, at: new Date(time), details: { error: 'x' } })
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

  it('go on when the clock is set back', () => {
    const { entries, at } = open()
    for (let time = 0; time < 100; time++) at(1_000_000 + time)
    at(5)
    expect(entries).toHaveLength(21)
  })
})
