import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeDecision, evaluatePolicies, missingValues, suggestStatement } from './index.ts'
import { compile, decide, request, topic } from './testing/test-policies.ts'

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
