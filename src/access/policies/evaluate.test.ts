import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compilePolicy,
  describeDecision,
  evaluatePolicies,
  lookupIn,
  missingValues,
  parsePolicyDocument,
  suggestStatement,
  type PolicyDialect,
  type RequestPrincipal,
} from './index.ts'

type Values = Record<string, string | string[]>

const compile = (
  statements: object | object[],
  { dialect = 'iot' as PolicyDialect, version = '2012-10-17', name = 'p' } = {},
) =>
  compilePolicy(
    parsePolicyDocument(JSON.stringify({ Version: version, Statement: statements }), dialect),
    name,
  )
const request = (action: string, resource: string, values: Values = {}) => ({
  action,
  resource,
  lookup: lookupIn(values),
})
const topic = (name: string) => `arn:aws:iot:us-east-1:111122223333:topic/${name}`
const decide = (statements: object | object[], action: string, resource: string, values: Values = {}) =>
  evaluatePolicies([compile(statements)], request(action, resource, values)).effect
const granted = (pattern: string, resource: string, values: Values = {}) =>
  decide({ Effect: 'Allow', Action: 'iot:Publish', Resource: pattern }, 'iot:Publish', resource, values) ===
  'allow'

describe('effects', () => {
  const allow = { Effect: 'Allow', Action: 'iot:Publish', Resource: topic('a/*') }
  const deny = { Effect: 'Deny', Action: 'iot:Publish', Resource: topic('a/secret') }

  it.each([
    ['an Allow grants', [allow], topic('a/b'), 'allow'],
    [
      'without a policy nothing is granted',
      [{ ...allow, Action: 'iot:Receive' }],
      topic('a/b'),
      'implicit-deny',
    ],
    ['a Deny wins over an Allow before it', [allow, deny], topic('a/secret'), 'explicit-deny'],
    ['a Deny wins over an Allow after it', [deny, allow], topic('a/secret'), 'explicit-deny'],
    ['a Deny for something else does not matter', [deny, allow], topic('a/open'), 'allow'],
    ['a Deny alone grants nothing', [deny], topic('a/open'), 'implicit-deny'],
    [
      'NotAction grants the others',
      [{ Effect: 'Allow', NotAction: 'iot:Connect', Resource: '*' }],
      topic('a'),
      'allow',
    ],
    [
      'NotAction does not grant its own',
      [{ Effect: 'Allow', NotAction: ['iot:Pub*'], Resource: '*' }],
      topic('a'),
      'implicit-deny',
    ],
    [
      'NotResource grants the others',
      [{ Effect: 'Allow', Action: '*', NotResource: topic('a') }],
      topic('b'),
      'allow',
    ],
    [
      'NotResource does not grant its own',
      [{ Effect: 'Allow', Action: '*', NotResource: [topic('b'), topic('a')] }],
      topic('a'),
      'implicit-deny',
    ],
    [
      'Deny with NotResource denies the others',
      [allow, { Effect: 'Deny', Action: '*', NotResource: topic('a/b') }],
      topic('a/c'),
      'explicit-deny',
    ],
  ])('%s', (_title, statements, resource, effect) => {
    expect(decide(statements, 'iot:Publish', resource)).toBe(effect)
  })

  it('of several policies count together, and the result names the one that decided', () => {
    const policies = [
      compile({ Sid: 'open', ...allow }, { name: 'first' }),
      compile(
        [
          { ...allow, Action: 'iot:Receive' },
          { Sid: 'shut', ...deny },
        ],
        { name: 'second' },
      ),
    ]
    expect(evaluatePolicies(policies, request('iot:Publish', topic('a/b')))).toEqual({
      effect: 'allow',
      policyName: 'first',
      statement: 0,
      sid: 'open',
      variables: {},
    })
    expect(evaluatePolicies(policies, request('iot:Publish', topic('a/secret')))).toMatchObject({
      effect: 'explicit-deny',
      policyName: 'second',
      statement: 1,
      sid: 'shut',
    })
  })

  it.each(['IOT:PUBLISH', 'iot:publish'])('actions are the same in any case: %s', (action) => {
    expect(decide(allow, action, topic('a/b'))).toBe('allow')
  })

  it.each([
    ['iot:Pub*', 'iot:Publish', true],
    ['iot:?ublish', 'iot:Publish', true],
    ['*', 'iot:Publish', true],
    ['iot:*', 'iotjobsdata:Publish', false],
    ['iot:Publish', 'iot:RetainPublish', false],
    ['iot:Publish', 'iot:PublishX', false],
    ['i*:Publish', 'iot:Publish', true],
  ])('action %s on %s: %s', (pattern, action, isGranted) => {
    const effect = decide({ Effect: 'Allow', Action: pattern, Resource: '*' }, action, topic('a'))
    expect(effect).toBe(isGranted ? 'allow' : 'implicit-deny')
  })
})

describe('resources', () => {
  const arn = 'arn:aws:iot:us-east-1:111122223333'

  it.each([
    ['*', '*'],
    [`${arn}:topic/a`, topic('a')],
    [`${arn}:topic/a/*`, topic('a/b/c')],
    [`${arn}:topic/a/*`, topic('a/')],
    [`${arn}:*`, topic('a:b')],
    [`${arn}:topic/a?`, topic('ab')],
    ['arn:aws:iot:*:*:topic/a', topic('a')],
    ['arn:*:iot:us-*:1111????3333:topic/a', topic('a')],
    ['arn:aws:iot:*', topic('a')],
    [`${arn}:topicfilter/a/+`, `${arn}:topicfilter/a/+`],
    [`${arn}:topicfilter/a/#`, `${arn}:topicfilter/a/#`],
    [`${arn}:topicfilter/a/*`, `${arn}:topicfilter/a/#`],
    ['*topic/a', topic('a')],
  ])('%s covers %s', (pattern, resource) => expect(granted(pattern, resource)).toBe(true))

  it.each([
    [`${arn}:topic/a`, topic('A')],
    [`${arn}:topic/a`, topic('a/b')],
    [`${arn}:topic/a/*`, topic('a')],
    [`${arn}:topicfilter/a/+`, `${arn}:topicfilter/a/b`],
    [`${arn}:topicfilter/a/#`, `${arn}:topicfilter/a/b`],
    [`${arn}:topic/a/+`, topic('a/b')],
    [`${arn}:topic/a/#`, topic('a/b')],
    [`${arn}:topic/a`, `${arn}:topicfilter/a`],
    ['arn:aws:iot:*:topic/a', topic('a')],
    ['arn:aws:iot:us-east-1:*:topic/a', 'arn:aws:iot:us-east-1:1:client/x:2:topic/a'],
    ['arn:aws:*:111122223333:topic/a', topic('a')],
    [`${arn}:topic/a`, '*'],
    ['arn:aws:iot:us-west-2:111122223333:topic/a', topic('a')],
    ['arn:aws:iot:us-east-1:444455556666:topic/a', topic('a')],
    [`${arn}:topic/a?`, topic('a')],
    [`${arn}:topic/[a-z]`, topic('a')],
    [`${arn}:topic/.`, topic('a')],
  ])('%s does not cover %s', (pattern, resource) => expect(granted(pattern, resource)).toBe(false))
})

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

describe('principals', () => {
  const caller: RequestPrincipal = {
    accountId: '111122223333',
    arns: ['arn:aws:sts::111122223333:assumed-role/r/s', 'arn:aws:iam::111122223333:role/r'],
  }
  const iot: RequestPrincipal = { service: 'iot.amazonaws.com' }
  const trusts = (element: object, principal: RequestPrincipal | undefined) => {
    const compiled = compile({ Effect: 'Allow', Action: 'sts:AssumeRole', ...element }, { dialect: 'trust' })
    const asked = {
      ...request('sts:AssumeRole', 'arn:aws:iam::111122223333:role/x'),
      ...(principal && { principal }),
    }
    return evaluatePolicies([compiled], asked).effect === 'allow'
  }

  it.each([
    [{ Principal: { Service: 'iot.amazonaws.com' } }, iot],
    [{ Principal: { Service: ['lambda.amazonaws.com', 'iot.amazonaws.com'] } }, iot],
    [{ Principal: '*' }, iot],
    [{ Principal: '*' }, undefined],
    [{ Principal: { AWS: '*' } }, caller],
    [{ Principal: { AWS: '111122223333' } }, caller],
    [{ Principal: { AWS: 'arn:aws:iam::111122223333:root' } }, caller],
    [{ Principal: { AWS: 'arn:aws:iam::111122223333:role/r' } }, caller],
    [{ Principal: { Federated: 'id.example.com' } }, { federated: 'id.example.com' }],
    [{ NotPrincipal: { AWS: '444455556666' } }, caller],
  ])('%j names %j', (element, principal) => expect(trusts(element, principal)).toBe(true))

  it.each([
    [{ Principal: { Service: 'lambda.amazonaws.com' } }, iot],
    [{ Principal: { Service: 'iot.amazonaws.com' } }, caller],
    [{ Principal: { Service: 'iot.amazonaws.com' } }, undefined],
    [{ Principal: { AWS: '*' } }, iot],
    [{ Principal: { AWS: '444455556666' } }, caller],
    [{ Principal: { AWS: 'arn:aws:iam::444455556666:root' } }, caller],
    [{ Principal: { AWS: 'arn:aws:iam::111122223333:role/other' } }, caller],
    [{ Principal: { Federated: 'iot.amazonaws.com' } }, iot],
    [{ Principal: { CanonicalUser: 'abc' } }, caller],
    [{ NotPrincipal: { AWS: '111122223333' } }, caller],
    [{ NotPrincipal: '*' }, caller],
  ])('%j does not name %j', (element, principal) => expect(trusts(element, principal)).toBe(false))
})

describe('an implicit deny', () => {
  const client = 'arn:aws:iot:us-east-1:111122223333:client/anyclientID'

  it('of a policy that grants iot:Publish alone says that no statement grants iot:Connect', () => {
    const policies = [compile({ Effect: 'Allow', Action: ['iot:Publish'], Resource: ['*'] })]
    const asked = request('iot:Connect', client)
    const decision = evaluatePolicies(policies, asked)
    expect(decision).toMatchObject({
      effect: 'implicit-deny',
      nearestMiss: { failed: 'action', wanted: ['iot:Publish'] },
    })
    expect(describeDecision(decision, asked)).toBe(
      `iot:Connect on ${client} is granted by no statement; the nearest, statement 0 of policy p, allows only iot:Publish`,
    )
    expect(JSON.parse(suggestStatement(asked))).toEqual({
      Effect: 'Allow',
      Action: 'iot:Connect',
      Resource: client,
    })
  })

  it('names the statement that got furthest, with its variables replaced', () => {
    const policies = [
      compile([
        { Effect: 'Allow', Action: 'iot:Publish', Resource: '*' },
        { Effect: 'Deny', Action: 'iot:Connect', Resource: topic('x') },
        {
          Sid: 'own',
          Effect: 'Allow',
          Action: 'iot:Connect',
          Resource: 'arn:aws:iot:*:*:client/${iot:ClientId}-${aws:none}',
        },
      ]),
    ]
    const asked = request('iot:Connect', client, { 'iot:ClientId': 'lamp' })
    const decision = evaluatePolicies(policies, asked)
    expect(decision).toEqual({
      effect: 'implicit-deny',
      variables: { 'iot:ClientId': 'lamp' },
      nearestMiss: {
        policyName: 'p',
        statement: 2,
        sid: 'own',
        failed: 'resource',
        wanted: ['arn:aws:iot:*:*:client/lamp-${aws:none}'],
      },
    })
    expect(describeDecision(decision, asked)).toContain(
      'statement 2 ("own") of policy p, allows the action only on arn:aws:iot:*:*:client/lamp-',
    )
    expect(missingValues(policies, asked)).toEqual(['aws:none'])
  })

  it('names the condition that did not hold', () => {
    const statement = {
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
      Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
    }
    const asked = request('iot:Connect', client, { 'iot:Connection.Thing.IsAttached': 'false' })
    const decision = evaluatePolicies([compile(statement)], asked)
    expect(describeDecision(decision, asked)).toContain('asks for Bool iot:Connection.Thing.IsAttached: true')
    expect(decision.variables).toEqual({ 'iot:Connection.Thing.IsAttached': 'false' })
  })

  it('without any policy says so', () => {
    const asked = request('iot:Connect', client)
    expect(describeDecision(evaluatePolicies([], asked), asked)).toContain(
      'there is no policy that allows anything',
    )
  })

  it.each([
    ['arn:aws:iot:r:1:client/*', 'arn:aws:iot:r:1:client/${*}'],
    ['arn:aws:iot:r:1:client/?$', 'arn:aws:iot:r:1:client/${?}${$}'],
    ['*', '*'],
  ])('suggests no more than what was asked for: %s', (resource, pattern) => {
    const statement: unknown = JSON.parse(suggestStatement({ action: 'iot:Connect', resource }))
    expect(statement).toEqual({ Effect: 'Allow', Action: 'iot:Connect', Resource: pattern })
    expect(decide(statement as object, 'iot:Connect', resource)).toBe('allow')
  })

  it('suggests a statement that grants exactly the request, whatever its resource holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, other) => {
        const resource = topic(name)
        const statement = JSON.parse(suggestStatement({ action: 'iot:Publish', resource })) as object
        expect(decide(statement, 'iot:Publish', resource)).toBe('allow')
        expect(decide(statement, 'iot:Publish', topic(other)) === 'allow').toBe(name === other)
      }),
    )
  })
})

describe('an ARN of IAM that ends early', () => {
  const decideIam = (Resource: unknown, resource: string) =>
    evaluatePolicies(
      [compile({ Effect: 'Allow', Action: 'iot:*', Resource }, { dialect: 'identity' })],
      request('iot:DescribeThing', resource),
    ).effect
  const thing = 'arn:aws:iot:us-east-1:111122223333:thing/a:b'

  it.each([
    ['arn:aws:iot'],
    ['arn:aws:io?'],
    ['arn:*:iot'],
    ['arn:aws:iot:us-east-1'],
    ['arn:aws:iot:us-east-1:111122223333'],
    ['arn:aws:iot:us-east-1:1111*'],
    ['arn:aws:iot:*'],
  ])('%s stands for all that begins so', (pattern) => {
    expect(decideIam(pattern, thing)).toBe('allow')
  })

  it.each([
    ['arn:aws:iam'],
    ['arn:aws:io'],
    ['arn:aws:iot:us-west-2'],
    ['arn:aws:iot:us-east-1:444455556666'],
  ])('%s does not stand for another part', (pattern) => {
    expect(decideIam(pattern, thing)).toBe('implicit-deny')
  })

  it('a null beside it grants nothing more', () => {
    const topicOf = (name: string) => [topic(name), null]
    expect(decideIam(topicOf('a'), topic('a'))).toBe('allow')
    expect(decideIam(topicOf('a'), topic('b'))).toBe('implicit-deny')
  })
})
