import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compilePolicy,
  evaluatePolicies,
  parsePolicyDocument,
  PolicyDocumentError,
  type PolicyDialect,
} from './index.ts'

const allow = { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }
const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'iot.amazonaws.com' } }
const policy = (statement: object, rest: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [statement], ...rest })
const condition = (block: unknown) => policy({ ...allow, Condition: block })

/** What it throws, if anything. */
function failure(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}

describe('policy documents', () => {
  it.each<[string, string, PolicyDialect]>([
    ['one statement without a list', JSON.stringify({ Version: '2012-10-17', Statement: allow }), 'iot'],
    ['no Version', JSON.stringify({ Statement: [allow] }), 'identity'],
    ['an Id and a Sid', policy({ Sid: 'one', ...allow }, { Id: 'mine' }), 'iot'],
    [
      'raw tabs inside a string',
      '{"Statement":{"Effect":"Allow","Action":"iot:*","Resource":"arn:aws:iot:*:*:topic/\t"}}',
      'iot',
    ],
    [
      'lists',
      policy({ ...allow, Action: ['iot:Connect', 'iot:*'], Resource: ['*', 'arn:aws:iot:r:1:topic/a'] }),
      'iot',
    ],
    [
      'NotAction and NotResource',
      policy({ Effect: 'Deny', NotAction: 'iot:*', NotResource: 'arn:aws:iot:*:*:*' }),
      'identity',
    ],
    [
      'a condition with an empty list',
      condition({ 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': [] } }),
      'iot',
    ],
    [
      'numbers and booleans as values',
      condition({ Bool: { 'aws:SecureTransport': true }, NumericEquals: { k: 1.5 } }),
      'identity',
    ],
    ['a variable where a number is expected', condition({ NumericEquals: { k: '${iot:ClientId}' } }), 'iot'],
    ['a resource that begins with a variable', policy({ ...allow, Resource: '${iot:ClientId}' }), 'iot'],
    ['a service principal', policy(trust), 'trust'],
    ['everybody', policy({ ...trust, Principal: '*' }), 'trust'],
    [
      'account, root, user, and role',
      policy({
        ...trust,
        Principal: {
          AWS: ['111122223333', 'arn:aws:iam::111122223333:root', 'arn:aws:iam::111122223333:user/a/b', '*'],
        },
      }),
      'trust',
    ],
    ['NotPrincipal', policy({ Effect: 'Deny', Action: '*', NotPrincipal: { AWS: '111122223333' } }), 'trust'],
  ])('may have %s', (_title, text, dialect) => {
    expect(parsePolicyDocument(text, dialect).statements).toHaveLength(1)
  })

  it.each<[string, string, PolicyDialect?]>([
    ['the policy is not JSON: expected a value', ''],
    ['the policy is not JSON: expected "," or "}"', '{"Statement":[]'],
    ['the policy must be a JSON object, got []', '[]'],
    ['the policy must be a JSON object, got "x"', '"x"'],
    ['the policy must not have the element "Statements"', JSON.stringify({ Statements: [] })],
    [
      'Version must be "2012-10-17" or "2008-10-17", got "2013-01-01"',
      policy(allow, { Version: '2013-01-01' }),
    ],
    ['Version must be "2012-10-17" or "2008-10-17", got 2012', policy(allow, { Version: 2012 })],
    ['Id must be a string', policy(allow, { Id: 1 })],
    ['Statement must hold at least one statement', '{"Version":"2012-10-17"}'],
    ['Statement must hold at least one statement', '{"Version":"2012-10-17","Statement":[]}'],
    ['Statement[0] must be an object, got "x"', '{"Statement":["x"]}'],
    ['Statement must be an object, got 1', '{"Statement":1}'],
    ['Statement[0].Effect must be "Allow" or "Deny", got "Alow"', policy({ ...allow, Effect: 'Alow' })],
    ['Statement[0].Effect must be "Allow" or "Deny", got "allow"', policy({ ...allow, Effect: 'allow' })],
    ['Statement[0].Effect must be "Allow" or "Deny", got nothing', policy({ Action: '*', Resource: '*' })],
    ['Statement[0].Sid must be a string', policy({ ...allow, Sid: 1 })],
    [
      'two statements have the Sid "a"',
      JSON.stringify({
        Statement: [
          { ...allow, Sid: 'a' },
          { ...allow, Sid: 'a' },
        ],
      }),
    ],
    [
      'Statement[0] must have Action or NotAction, and has neither',
      policy({ Effect: 'Allow', Resource: '*' }),
    ],
    ['Statement[0] must have Action or NotAction, and not both', policy({ ...allow, NotAction: 'iot:*' })],
    ['Statement[0].Action must not be empty', policy({ ...allow, Action: [] })],
    ['Statement[0].Action must be a string, got {}', policy({ ...allow, Action: {} })],
    ['Statement[0].Action[1] must be a string, got null', policy({ ...allow, Action: ['iot:*', null] })],
    ['Statement[0].Action must be "*" or a service and an action', policy({ ...allow, Action: 'Connect' })],
    [
      'Statement[0].Action must be "*" or a service and an action',
      policy({ ...allow, Action: 'iot:Con nect' }),
    ],
    ['Statement[0].Action must be "*" or a service and an action', policy({ ...allow, Action: '' })],
    [
      'Statement[0] must have Resource or NotResource, and has neither',
      policy({ Effect: 'Allow', Action: '*' }),
    ],
    ['Statement[0] must have Resource or NotResource, and not both', policy({ ...allow, NotResource: '*' })],
    ['Statement[0].Resource must not be empty', policy({ ...allow, Resource: [] })],
    ['Statement[0].Resource must be "*" or an ARN, got "topic/a"', policy({ ...allow, Resource: 'topic/a' })],
    [
      'Statement[0].Resource must be "*" or an ARN, got "arn:aws:iot"',
      policy({ ...allow, Resource: 'arn:aws:iot' }),
    ],
    [
      'Statement[0].Resource[1] must be a string, got null',
      policy({ ...allow, Resource: ['arn:aws:iot:*:*:topic/a', null] }),
    ],
    [
      'Statement[0].Action must be "*" or a service and an action',
      policy({ ...allow, Action: 'iot.data:Connect' }),
    ],
    ['Statement[0].Resource must be "*" or an ARN, got ""', policy({ ...allow, Resource: '' })],
    ['Statement[0].Resource must be "*" or an ARN, got "topic/*"', policy({ ...allow, Resource: 'topic/*' })],
    ['Statement[0] must not have the element "Principal"', policy({ ...allow, Principal: '*' })],
    [
      'Statement[0] must not have the element "resource"',
      policy({ Effect: 'Allow', Action: '*', resource: '*' }),
    ],
    [
      'Statement[0] must not have the element "__proto__"',
      '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","__proto__":1}]}',
    ],
    ['Statement[0].Condition must be an object, got []', condition([])],
    ['Statement[0].Condition.StringEquals must be an object, got "x"', condition({ StringEquals: 'x' })],
    [
      'Statement[0].Condition.StringEquals["k"] must be a string, got {}',
      condition({ StringEquals: { k: {} } }),
    ],
    ['there is no condition operator "StringEqual"', condition({ StringEqual: { k: 'v' } })],
    ['there is no condition operator "constructor"', condition({ constructor: { k: 'v' } })],
    [
      'there is no condition operator "ForSomeValues:StringEquals"',
      condition({ 'ForSomeValues:StringEquals': { k: 'v' } }),
    ],
    ['there is no condition operator "NullIfExists"', condition({ NullIfExists: { k: 'true' } })],
    ['there is no condition operator "ForAllValues:Null"', condition({ 'ForAllValues:Null': { k: 'true' } })],
    [
      'Statement[0].Condition.NumericEquals["k"] must be a number, got "ten"',
      condition({ NumericEquals: { k: 'ten' } }),
    ],
    ['must be a date such as', condition({ DateLessThan: { k: 'yesterday' } })],
    ['must be a date such as', condition({ DateLessThan: { k: '2026-13-01' } })],
    ['must be "true" or "false", got "yes"', condition({ Bool: { k: 'yes' } })],
    ['must be "true" or "false", got "maybe"', condition({ Null: { k: 'maybe' } })],
    ['must be an IP address or a range', condition({ IpAddress: { k: '203.0.113.0/33' } })],
    ['must be an IP address or a range', condition({ IpAddress: { k: '300.0.0.1' } })],
    ['must be base64', condition({ BinaryEquals: { k: 'not base64!' } })],
    [
      'Statement[0] must have Principal or NotPrincipal, and has neither',
      policy({ Effect: 'Allow', Action: '*' }),
      'trust',
    ],
    [
      'Statement[0] must have Principal or NotPrincipal, and not both',
      policy({ ...trust, NotPrincipal: '*' }),
      'trust',
    ],
    ['Statement[0] must not have the element "Resource"', policy({ ...trust, Resource: '*' }), 'trust'],
    [
      'Statement[0].Principal must be "*" or an object',
      policy({ ...trust, Principal: 'iot.amazonaws.com' }),
      'trust',
    ],
    [
      'Statement[0].Principal must hold AWS, Service',
      policy({ ...trust, Principal: { Services: 'x' } }),
      'trust',
    ],
    ['Statement[0].Principal must not be empty', policy({ ...trust, Principal: {} }), 'trust'],
    [
      'Statement[0].Principal.AWS is no principal: "arn:aws:iam::111122223333:user/*"',
      policy({ ...trust, Principal: { AWS: 'arn:aws:iam::111122223333:user/*' } }),
      'trust',
    ],
    [
      'Statement[0].Principal.Service is no principal: "*"',
      policy({ ...trust, Principal: { Service: '*' } }),
      'trust',
    ],
  ])('is refused: %s', (message, text, dialect = 'iot') => {
    expect(() => parsePolicyDocument(text, dialect)).toThrow(PolicyDocumentError)
    expect(() => parsePolicyDocument(text, dialect)).toThrow(message)
  })

  it('that is too long or too deep is refused', () => {
    expect(() => parsePolicyDocument(' '.repeat(404_601), 'iot')).toThrow('at most 404600')
    expect(() => parsePolicyDocument('['.repeat(100_000), 'iot')).toThrow('nests deeper than 10')
  })

  it('cuts long values in messages', () => {
    expect(() => parsePolicyDocument(policy({ ...allow, Effect: 'x'.repeat(5000) }), 'iot')).toThrow(
      /got "x{59}…$/,
    )
  })

  it('never crashes the parser or the engine', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'Allow',
        'Deny',
        '*',
        'iot:*',
        'arn:aws:iot:*:*:topic/${iot:ClientId}',
        '${',
        '${}',
        "${a,'b'}",
        '1',
        'true',
      ),
      fc.string(),
    )
    const values = fc.oneof(word, fc.array(word), fc.constant(null), fc.double())
    const block = fc.dictionary(
      fc.constantFrom('StringEquals', 'ArnLike', 'Null', 'ForAnyValue:StringLikeIfExists', 'IpAddress', 'x'),
      fc.dictionary(word, values),
    )
    const statement = fc.record(
      {
        Sid: word,
        Effect: word,
        Action: values,
        NotAction: values,
        Resource: values,
        NotResource: values,
        Condition: block,
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        fc.record({ Version: fc.constantFrom('2012-10-17', 'x'), Statement: fc.array(statement) }),
        word,
        (document, text) => {
          const error = failure(() => {
            const compiled = compilePolicy(parsePolicyDocument(JSON.stringify(document), 'iot'), 'p')
            evaluatePolicies([compiled], { action: text, resource: text, lookup: () => text })
          })
          expect(error === undefined || error instanceof PolicyDocumentError).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
