import { expect, it } from 'vitest'
import { getModel, type ServiceName } from './model.ts'
import { matchesPattern } from './patterns.ts'

it.each([
  ['[a-z]+', 'abc', true],
  ['[a-z]+', 'abc1', false],
  ['[a-z]+', 'abc\n', false],
  ['a|bc', 'bc', true],
  ['a|bc', 'abc', false],
  [String.raw`[\p{Graph}\x20]*`, 'a b~', true],
  [String.raw`[\p{Graph}\x20]*`, 'a\tb', false],
  [String.raw`[\p{Graph}\x20]*`, 'ü', false],
  [String.raw`[\p{Upper}\p{Digit}_]+`, 'A_1', true],
  [String.raw`[\p{Upper}\p{Digit}_]+`, 'a', false],
  [String.raw`[^\p{Cntrl}]*`, 'ü a', true],
  [String.raw`[^\p{Cntrl}]*`, 'a\u007F', false],
  [String.raw`[\w+=,.@\:-]*`, 'a:b', true],
  [String.raw`[\s\S]*`, 'a\nb', true],
])('%s matches %j: %s', (pattern, text, isMatch) => expect(matchesPattern(pattern, text)).toBe(isMatch))

it('reads every pattern of the models', () => {
  const services: ServiceName[] = ['iot', 'iot-data', 'iot-jobs-data', 'iam', 'sts', 'lambda', 'logs']
  const patterns = new Set<string>()
  const seen = new Set<object>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    if ('pattern' in value && typeof value.pattern === 'string') patterns.add(value.pattern)
    for (const part of value instanceof Map ? value.values() : Object.values(value)) visit(part)
  }
  for (const service of services) visit(getModel(service))
  expect(patterns.size).toBeGreaterThan(100)
  for (const pattern of patterns) expect(() => matchesPattern(pattern, 'a')).not.toThrow()
})
