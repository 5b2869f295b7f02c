import { expect, it } from 'vitest'
import { createSecretAccessKey, createUniqueId } from './unique-id.ts'

it.each(['AIDA', 'AGPA', 'AROA', 'ANPA'] as const)('makes 21 characters that begin with %s', (prefix) => {
  expect(createUniqueId(prefix)).toMatch(new RegExp(`^${prefix}[A-Z2-7]{17}$`))
})

it.each(['AKIA', 'ASIA'] as const)('makes access key ids of 20 characters that begin with %s', (prefix) => {
  expect(createUniqueId(prefix)).toMatch(new RegExp(`^${prefix}[A-Z2-7]{16}$`))
})

it('makes secrets of 40 base64 characters, never the same', () => {
  const secrets = Array.from({ length: 50 }, createSecretAccessKey)
  expect(new Set(secrets).size).toBe(50)
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9+/]{40}$/)
})
