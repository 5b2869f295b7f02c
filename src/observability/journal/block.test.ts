import { array, assert, constantFrom, nat, option, property, record, string } from 'fast-check'
import { expect, it } from 'vitest'
import { fingerprint } from '../../lib/fingerprint.ts'
import { entriesOf, joinBlocks, mayMention, packBlock } from './block.ts'
import type { JournalEntry } from './entry.ts'

const accountId = '000000000000'
const names = constantFrom('a', 'b', 'lamp', 'ü')
const name = option(names, { nil: undefined })
const entry = record({ at: nat(), certificateId: name, clientId: name, thingName: name, text: string() }).map(
  ({ at, text, ...subjects }): JournalEntry => {
    const given = Object.entries(subjects).filter(([, value]) => value !== undefined)
    return { accountId, code: 'connected', at: new Date(at), ...Object.fromEntries(given), details: { text } }
  },
)

it('finds what looking at every entry finds, however the entries were put together', () => {
  assert(
    property(array(array(entry), { minLength: 1 }), names, (parts, subject) => {
      let next = 1
      const blocks = parts.map((entries) => {
        const block = packBlock(next, entries)
        next += entries.length
        return block
      })
      const [first, ...others] = blocks
      const joined = joinBlocks(first!, ...others)
      const all = parts.flat().map((one, place) => ({ ...one, entryId: place + 1 }))
      const about = all.filter((one) =>
        [one.certificateId, one.clientId, one.thingName].some((value) => value === subject),
      )
      expect(joined.entries).toBe(all.length)
      expect(entriesOf(joined, { accountId })).toEqual(all)
      expect(entriesOf(joined, { accountId, subject })).toEqual(about)
      expect(mayMention(joined.subjects, subject)).toBe(about.length > 0)
      expect(joined.newestAt).toBe(Math.max(0, ...all.map(({ at }) => at.getTime())))
    }),
  )
})

it('is not misled by another subject with the same fingerprint', () => {
  const [one, other] = ['lamp-nn98', 'lamp-pof0']
  expect(fingerprint(one)).toBe(fingerprint(other))
  const block = packBlock(1, [{ accountId, code: 'connected', at: new Date(0), clientId: one }])
  expect(mayMention(block.subjects, other)).toBe(true)
  expect(entriesOf(block, { accountId, subject: other })).toEqual([])
})
