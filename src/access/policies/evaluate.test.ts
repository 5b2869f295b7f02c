import { describe, expect, it } from 'vitest'
import { evaluatePolicies } from './index.ts'
import { compile, decide, granted, request, topic } from './testing/test-policies.ts'

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
