import { expect, it } from 'vitest'
import { isExpired, passwordFault, policyDefaults } from './password-policy.ts'

it.each([
  ['Ab1-', 'minimum length of 8'],
  ['abcdefgh', 'at least 3 of'],
  ['abcdefg1', 'at least 3 of'],
  ['Anna-Berta-1', 'must not be the user name'],
  ['abcdefG1', ''],
  ['abcdef-1', ''],
])('where no policy is set, %s is judged: %s', (password, fault) => {
  expect(passwordFault(password, 'Anna-Berta-1', undefined) ?? '').toMatch(fault === '' ? /^$/ : fault)
})

it.each([
  ['MinimumPasswordLength', 9, 'Abcdef1-', 'Abcdefg1-'],
  ['RequireSymbols', true, 'Abcdefg1', 'Abcdefg1-'],
  ['RequireNumbers', true, 'Abcdefg-', 'Abcdefg1'],
  ['RequireUppercaseCharacters', true, 'abcdefg1', 'abcdefG1'],
  ['RequireLowercaseCharacters', true, 'ABCDEFG1', 'ABCDEFg1'],
])('%s: %s refuses %s and takes %s', (member, value, bad, good) => {
  const policy = { ...policyDefaults, [member]: value }
  expect(passwordFault(bad, 'anna', policy)).toMatch(/Password should have/)
  expect(passwordFault(good, 'anna', policy)).toBeUndefined()
})

it('expires after as many days as the policy says, and never without one', () => {
  const changed = new Date('2026-01-01T00:00:00Z')
  const later = (days: number) => new Date(changed.getTime() + days * 86_400_000)
  const policy = { ...policyDefaults, MaxPasswordAge: 90 }
  expect([isExpired(policy, changed, later(90)), isExpired(policy, changed, later(91))]).toEqual([
    false,
    true,
  ])
  expect(isExpired(policyDefaults, changed, later(9999))).toBe(false)
  expect(isExpired(undefined, changed, later(9999))).toBe(false)
})
