import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluatePolicies } from './index.ts'
import { compile, granted, request, topic, type Values } from './testing/test-policies.ts'

describe('variables', () => {
  const own = topic('d/${iot:ClientId}/x')

  it.each([
    ['the value', own, topic('d/lamp/x'), { 'iot:ClientId': 'lamp' }],
    ['a name in another case', topic('${IOT:clientid}'), topic('lamp'), { 'iot:ClientId': 'lamp' }],
    ['twice', topic('${iot:ClientId}/${iot:ClientId}'), topic('a/a'), { 'iot:ClientId': 'a' }],
    ['beside wildcards', topic('*/${iot:ClientId}?'), topic('x/y/az'), { 'iot:ClientId': 'a' }],
    ['the character *', topic('a${*}'), topic('a*'), {}],
    ['the character ?', topic('a${?}'), topic('a?'), {}],
    ['the character $', topic('${$}{iot:ClientId}'), topic('${iot:ClientId}'), { 'iot:ClientId': 'a' }],
    ['a client id of * as that character', own, topic('d/*/x'), { 'iot:ClientId': '*' }],
    ['a client id of + as that filter', own, topic('d/+/x'), { 'iot:ClientId': '+' }],
    ['a value that looks like a variable, once', own, topic('d/${a}/x'), { 'iot:ClientId': '${a}', a: 'b' }],
    ['a default', topic("${k, 'none'}"), topic('none'), {}],
    ['a value rather than the default', topic("${k, 'none'}"), topic('v'), { k: 'v' }],
    ['an unclosed ${ as it is', topic('a${b'), topic('a${b'), {}],
    [
      'a plain certificate value',
      topic('${iot:Certificate.Subject.CommonName}'),
      topic('lamp 1'),
      { 'iot:Certificate.Subject.CommonName': 'lamp 1' },
    ],
    [
      '1024 characters of a certificate',
      topic('${iot:Certificate.Subject.CommonName}'),
      topic('x'.repeat(1024)),
      { 'iot:Certificate.Subject.CommonName': 'x'.repeat(1024) },
    ],
  ])('are replaced by %s', (_title, pattern, resource, values) => {
    expect(granted(pattern, resource, values)).toBe(true)
  })

  const commonName = topic('${iot:Certificate.Subject.CommonName}')
  it.each([
    ['a client id of * does not cover more than *', own, topic('d/lamp/x'), { 'iot:ClientId': '*' }],
    ['a client id of ? does not cover one character', own, topic('d/a/x'), { 'iot:ClientId': '?' }],
    ['a client id of + does not cover a level', own, topic('d/lamp/x'), { 'iot:ClientId': '+' }],
    ['a client id cannot refer to another variable', own, topic('d/b/x'), { 'iot:ClientId': '${a}', a: 'b' }],
    ['another client id', own, topic('d/other/x'), { 'iot:ClientId': 'lamp' }],
    ['no value', own, topic('d//x'), {}],
    ['no value is not the text itself', own, own, {}],
    ['a list is not put in', topic('${k}'), topic('v'), { k: ['v'] }],
    ...['*', 'a*', '$', '+', 'a+b', '?', '#', '${iot:ClientId}', 'x'.repeat(1025)].flatMap(
      (value): [string, string, string, Values][] => {
        const values = { 'iot:Certificate.Subject.CommonName': value, 'iot:ClientId': 'c' }
        const title = `a certificate value of ${value.slice(0, 20)}`
        return [
          [`${title} is not put in`, commonName, topic(value), values],
          [`${title} covers nothing else`, commonName, topic('c'), values],
          [`${title} does not make the variable's name a topic`, commonName, commonName, values],
        ]
      },
    ),
  ] as [string, string, string, Values][])('grant nothing: %s', (_title, pattern, resource, values) => {
    expect(granted(pattern, resource, values)).toBe(false)
  })

  it('are text in an IAM policy of 2008-10-17', () => {
    const statement = { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::b/${aws:username}' }
    const compiled = compile(statement, { dialect: 'identity', version: '2008-10-17' })
    const values = { 'aws:username': 'ann' }
    const effect = (resource: string) =>
      evaluatePolicies([compiled], request('s3:Get', resource, values)).effect
    expect(effect('arn:aws:s3:::b/ann')).toBe('implicit-deny')
    expect(effect('arn:aws:s3:::b/${aws:username}')).toBe('allow')
  })

  it('are replaced in an IoT policy of any version', () => {
    const statement = { Effect: 'Allow', Action: 'iot:*', Resource: own }
    const compiled = compile(statement, { version: '2008-10-17' })
    const decision = evaluatePolicies(
      [compiled],
      request('iot:Publish', topic('d/a/x'), { 'iot:ClientId': 'a' }),
    )
    expect(decision).toMatchObject({ effect: 'allow', variables: { 'iot:ClientId': 'a' } })
  })

  it('never let a client id widen a grant beyond its own text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 10 }), fc.string({ maxLength: 10 }), (clientId, other) => {
        const values = { 'iot:ClientId': clientId }
        expect(granted(own, topic(`d/${other}/x`), values)).toBe(clientId === other)
      }),
      { numRuns: 500 },
    )
  })
})
