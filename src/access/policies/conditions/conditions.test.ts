import { describe, expect, it } from 'vitest'
import { compilePolicy, evaluatePolicies, lookupIn, parsePolicyDocument } from '../index.ts'

type Value = string | string[] | undefined
type Row = [operator: string, wanted: unknown, actual: Value]

function holds(operator: string, wanted: unknown, actual: Value): boolean {
  const statement = {
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: { [operator]: { 'aws:Key': wanted } },
  }
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  const lookup = lookupIn({ 'aws:key': actual, 'aws:name': 'ann', 'aws:star': '*', 'aws:many': ['a', 'b'] })
  const policies = [compilePolicy(parsePolicyDocument(text, 'identity'), 'p')]
  return evaluatePolicies(policies, { action: 'a:B', resource: '*', lookup }).effect === 'allow'
}

const met: Row[] = [
  ['StringEquals', 'a', 'a'],
  ['StringEquals', ['b', 'a'], 'a'],
  ['StringEquals', '*', '*'],
  ['StringEquals', '${aws:name}', 'ann'],
  ['StringEquals', '${*}', '*'],
  ['StringEquals', '', ''],
  ['StringNotEquals', 'a', 'b'],
  ['StringNotEquals', 'a', undefined],
  ['StringNotEquals', ['a', 'b'], 'c'],
  ['StringNotEquals', [], 'c'],
  ['StringEqualsIgnoreCase', 'ABC', 'abc'],
  ['StringNotEqualsIgnoreCase', 'ABC', 'abd'],
  ['StringLike', 'a*c?', 'abcd'],
  ['StringLike', '${aws:name}-*', 'ann-1'],
  ['StringLike', '${aws:star}', '*'],
  ['StringNotLike', 'a*', 'b'],
  ['StringNotLike', 'a*', undefined],
  ['NumericEquals', '10', '10.0'],
  ['NumericEquals', 10, '1e1'],
  ['NumericNotEquals', '10', '11'],
  ['NumericLessThan', '10', '9.99'],
  ['NumericLessThanEquals', '10', '10'],
  ['NumericGreaterThan', '-1', '0'],
  ['NumericGreaterThanEquals', '10', '10'],
  ['DateEquals', '2026-01-31T00:00:00Z', '2026-01-31T01:00:00+01:00'],
  ['DateEquals', '1769817600', '2026-01-31T00:00:00Z'],
  ['DateEquals', '2026', '2026-01-01T00:00:00Z'],
  ['DateNotEquals', '2026-01-31', '2026-01-30'],
  ['DateLessThan', '2026-01-31T00:00:00Z', '2026-01-30T23:59:59.999Z'],
  ['DateLessThanEquals', '2026-01-31', '2026-01-31T00:00:00Z'],
  ['DateGreaterThan', '2026-01-31', '2026-01-31T00:00:01'],
  ['DateGreaterThanEquals', '2026-01-31', '2026-01-31'],
  ['Bool', 'true', 'true'],
  ['Bool', true, 'TRUE'],
  ['Bool', 'false', 'false'],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5'],
  ['BinaryEquals', 'QQ==', 'QQ'],
  ['IpAddress', '203.0.113.0/24', '203.0.113.9'],
  ['IpAddress', '203.0.113.9', '203.0.113.9'],
  ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.9'],
  ['IpAddress', '2001:db8::/32', '2001:db8:1::1'],
  ['IpAddress', '0.0.0.0/0', '198.51.100.1'],
  ['NotIpAddress', '203.0.113.0/24', '203.0.114.1'],
  ['NotIpAddress', '203.0.113.0/24', undefined],
  ['ArnEquals', 'arn:aws:iot:*:1:topic/a*', 'arn:aws:iot:r:1:topic/abc'],
  ['ArnLike', 'arn:aws:iot:r:1:topic/${aws:name}', 'arn:aws:iot:r:1:topic/ann'],
  ['ArnNotEquals', 'arn:aws:iot:r:1:topic/a', 'arn:aws:iot:r:1:topic/b'],
  ['ArnNotLike', 'arn:aws:iot:r:1:topic/a', undefined],
  ['Null', 'true', undefined],
  ['Null', 'true', []],
  ['Null', 'false', 'a'],
  ['Null', ['true', 'false'], 'a'],
  ['StringEqualsIfExists', 'a', undefined],
  ['StringEqualsIfExists', 'a', 'a'],
  ['NumericLessThanIfExists', '1', undefined],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a']],
  ['ForAllValues:StringEquals', ['a'], undefined],
  ['ForAllValues:StringEquals', [], []],
  ['ForAllValues:StringNotEquals', ['a'], ['b', 'c']],
  ['ForAllValues:StringLike', ['a*'], ['a1', 'a2']],
  ['ForAnyValue:StringEquals', ['a', 'x'], ['b', 'a']],
  ['ForAnyValue:StringNotEquals', ['a'], ['a', 'b']],
  ['ForAnyValue:StringEqualsIfExists', ['a'], undefined],
  ['ForAnyValue:StringEquals', 'a', 'a'],
  ['StringEquals', 'b', ['a', 'b']],
  ['StringNotEquals', 'c', ['a', 'b']],
]

const unmet: Row[] = [
  ['StringEquals', 'a', 'A'],
  ['StringEquals', 'a', undefined],
  ['StringEquals', '*', 'a'],
  ['StringEquals', '?', 'a'],
  ['StringEquals', [], 'a'],
  ['StringEquals', '${aws:none}', ''],
  ['StringEquals', '${aws:none}', '${aws:none}'],
  ['StringEquals', '${aws:many}', 'a'],
  ['StringNotEquals', 'a', 'a'],
  ['StringNotEquals', ['a', 'b'], 'b'],
  ['StringEqualsIgnoreCase', 'abc', 'abd'],
  ['StringEqualsIgnoreCase', 'abc', undefined],
  ['StringNotEqualsIgnoreCase', 'ABC', 'abc'],
  ['StringLike', 'a*', 'ba'],
  ['StringLike', 'A*', 'abc'],
  ['StringLike', '*', undefined],
  ['StringLike', '${aws:star}', 'anything'],
  ['StringNotLike', 'a*', 'abc'],
  ['NumericEquals', '10', '11'],
  ['NumericEquals', '10', 'ten'],
  ['NumericEquals', '10', ''],
  ['NumericEquals', '10', '0x0a'],
  ['NumericEquals', '10', undefined],
  ['NumericNotEquals', '10', '10.0'],
  ['NumericLessThan', '10', '10'],
  ['NumericLessThan', '10', 'x'],
  ['NumericLessThanEquals', '10', '10.1'],
  ['NumericGreaterThan', '10', '10'],
  ['NumericGreaterThan', '10', '9'],
  ['NumericGreaterThanEquals', '10', '9'],
  ['DateEquals', '2026-01-31', '2026-02-01'],
  ['DateEquals', '2026-01-31', 'never'],
  ['DateNotEquals', '2026-01-31', '2026-01-31T00:00:00Z'],
  ['DateLessThan', '2026-01-31', '2026-01-31'],
  ['DateLessThan', '2026-01-31', undefined],
  ['DateLessThanEquals', '2026-01-31', '2026-02-01'],
  ['DateGreaterThan', '2026-01-31', '2026-01-31'],
  ['DateGreaterThanEquals', '2026-01-31', '2026-01-30'],
  ['Bool', 'true', 'false'],
  ['Bool', 'true', '1'],
  ['Bool', 'true', undefined],
  ['Bool', 'false', undefined],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ6'],
  ['BinaryEquals', 'QQ==', '!'],
  ['IpAddress', '203.0.113.0/24', '203.0.114.1'],
  ['IpAddress', '203.0.113.0/24', '2001:db8::1'],
  ['IpAddress', '203.0.113.0/24', 'localhost'],
  ['IpAddress', '0.0.0.0/0', undefined],
  ['IpAddress', '2001:db8::/32', '2001:db9::1'],
  ['NotIpAddress', '203.0.113.0/24', '203.0.113.1'],
  ['NotIpAddress', '203.0.113.0/24', '::ffff:203.0.113.1'],
  ['ArnEquals', 'arn:aws:iot:*:topic/a', 'arn:aws:iot:r:1:topic/a'],
  ['ArnLike', 'arn:aws:iot:r:1:topic/a', 'arn:aws:iot:r:1:topic/b'],
  ['ArnLike', 'arn:aws:iot:r:1:topic/a', undefined],
  ['ArnNotEquals', 'arn:aws:iot:r:1:topic/*', 'arn:aws:iot:r:1:topic/b'],
  ['ArnNotLike', 'arn:aws:*:r:1:topic/b', 'arn:aws:iot:r:1:topic/b'],
  ['Null', 'true', 'a'],
  ['Null', 'true', ''],
  ['Null', 'false', undefined],
  ['Null', 'false', []],
  ['StringEqualsIfExists', 'a', 'b'],
  ['StringNotEqualsIfExists', 'a', 'a'],
  ['ForAllValues:StringEquals', ['a'], ['a', 'b']],
  ['ForAllValues:StringEquals', [], ['a']],
  ['ForAllValues:StringNotEquals', ['a'], ['b', 'a']],
  ['ForAnyValue:StringEquals', ['a'], ['b', 'c']],
  ['ForAnyValue:StringEquals', ['a'], undefined],
  ['ForAnyValue:StringEquals', ['a'], []],
  ['ForAnyValue:StringEquals', [], ['a']],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b']],
  ['ForAnyValue:StringNotEquals', ['a'], undefined],
  ['ForAnyValue:StringEqualsIfExists', ['a'], ['b']],
  ['StringNotEquals', 'b', ['a', 'b']],
]

describe('conditions', () => {
  it.each(met)('%s %j is met by %j', (operator, wanted, actual) => {
    expect(holds(operator, wanted, actual)).toBe(true)
  })

  it.each(unmet)('%s %j is not met by %j', (operator, wanted, actual) => {
    expect(holds(operator, wanted, actual)).toBe(false)
  })

  it.each([
    ['both operators', { StringEquals: { a: '1' }, Bool: { b: 'true' } }, { a: '1', b: 'true' }, true],
    [
      'one of two operators',
      { StringEquals: { a: '1' }, Bool: { b: 'true' } },
      { a: '1', b: 'false' },
      false,
    ],
    ['both keys', { StringEquals: { a: '1', b: '2' } }, { a: '1', b: '2' }, true],
    ['one of two keys', { StringEquals: { a: '1', b: '2' } }, { a: '1', b: '3' }, false],
  ])('all have to hold: %s', (_title, block, values, isMet) => {
    const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition: block }
    const document = parsePolicyDocument(JSON.stringify({ Statement: statement }), 'iot')
    const request = { action: 'iot:Connect', resource: '*', lookup: lookupIn(values) }
    expect(evaluatePolicies([compilePolicy(document, 'p')], request).effect === 'allow').toBe(isMet)
  })
})

describe('connect attributes, as the AWS IoT Developer Guide has them in its examples', () => {
  const allow = (block: object) => ({
    Effect: 'Allow',
    Action: 'iot:Connect',
    Resource: '*',
    Condition: block,
  })
  const deny = (block: object) => ({ ...allow(block), Effect: 'Deny' })
  const all = (...names: string[]) => ({ 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': names } })
  const any = (...names: string[]) => ({ 'ForAnyValue:StringEquals': { 'iot:ConnectAttributes': names } })
  const plain = { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }

  it.each([
    ['unconditioned', [plain], { none: true, persistent: true, will: true, both: true }],
    [
      'persistent allowed',
      [allow(all('PersistentConnect'))],
      { none: true, persistent: true, will: false, both: false },
    ],
    [
      'persistent not allowed',
      [plain, deny(any('PersistentConnect'))],
      { none: true, persistent: false, will: true, both: false },
    ],
    [
      'both allowed',
      [allow(all('PersistentConnect', 'LastWill'))],
      { none: true, persistent: true, will: true, both: true },
    ],
    ['neither allowed', [allow(all())], { none: true, persistent: false, will: false, both: false }],
    [
      'persistent required',
      [allow(any('PersistentConnect'))],
      { none: false, persistent: true, will: false, both: true },
    ],
    [
      'both required',
      [
        allow(all('PersistentConnect', 'LastWill')),
        deny(all('PersistentConnect')),
        deny(all('LastWill')),
        deny(all()),
      ],
      { none: false, persistent: false, will: false, both: true },
    ],
  ])('%s', (_title, statements, expected) => {
    const policy = compilePolicy(parsePolicyDocument(JSON.stringify({ Statement: statements }), 'iot'), 'p')
    const connects = (names: string[]) => {
      const lookup = lookupIn({ 'iot:ConnectAttributes': names.length > 0 ? names : undefined })
      return evaluatePolicies([policy], { action: 'iot:Connect', resource: '*', lookup }).effect === 'allow'
    }
    expect({
      none: connects([]),
      persistent: connects(['PersistentConnect']),
      will: connects(['LastWill']),
      both: connects(['PersistentConnect', 'LastWill']),
    }).toEqual(expected)
  })
})
