import { expect, it } from 'vitest'
import { assignClientId, isAssignedTo } from './assigned-client-id.ts'

const owner = { accountId: '123456789012', principal: 'a'.repeat(64) }
const random = '0123456789abcdef'

it('is a UUID, new with each random text', () => {
  expect(assignClientId(owner, random)).toMatch(
    /^\$GEN\/01234567-89ab-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  expect(assignClientId(owner, 'f123456789ab')).not.toBe(assignClientId(owner, random))
})

it('is known again for whom it was made', () => {
  expect(isAssignedTo(owner, assignClientId(owner, random))).toBe(true)
})

it.each([
  ['another principal', { ...owner, principal: 'b'.repeat(64) }],
  ['another account', { ...owner, accountId: '210987654321' }],
  ['nobody', { accountId: '', principal: '' }],
])('is not known for %s', (_whom, other) => {
  expect(isAssignedTo(other, assignClientId(owner, random))).toBe(false)
})

const assigned = assignClientId(owner, random)
it.each([
  ['', ''],
  ['the prefix alone', '$GEN/'],
  ['another prefix', assigned.replace('$GEN', '$gen')],
  ['no prefix', assigned.slice(5)],
  ['capitals', assigned.toUpperCase()],
  ['another random half', assigned.replace('/0', '/1')],
  ['another digit at the end', `${assigned.slice(0, -1)}${assigned.endsWith('0') ? '1' : '0'}`],
  ['something behind it', `${assigned}/x`],
  ['no dashes', `$GEN/${assigned.slice(5).replaceAll('-', '')}`],
  ['a random UUID', '$GEN/8e0f6d2c-3b54-4a1e-9d6b-2f0c7a5e1b34'],
])('is not one with %s', (_what, clientId) => {
  expect(isAssignedTo(owner, clientId)).toBe(false)
})
