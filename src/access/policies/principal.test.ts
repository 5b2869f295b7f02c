import { describe, expect, it } from 'vitest'
import { evaluatePolicies, type RequestPrincipal } from './index.ts'
import { compile, request } from './testing/test-policies.ts'

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
