import { describe, expect, it } from 'vitest'
import { getModel, type ServiceName } from '../../api/aws/model.ts'
import { toParameters } from './parameters.ts'

const shapeOf = (service: ServiceName, operation: string) =>
  getModel(service).operations.get(operation)?.input

const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'

describe('what is kept of the parameters of a call', () => {
  it.each<[ServiceName, string, string]>([
    ['iam', 'CreateLoginProfile', 'Password'],
    ['iam', 'UpdateLoginProfile', 'Password'],
    ['iam', 'ChangePassword', 'NewPassword'],
    ['iam', 'ChangePassword', 'OldPassword'],
    ['iam', 'EnableMFADevice', 'AuthenticationCode1'],
    ['iam', 'UploadServerCertificate', 'PrivateKey'],
    ['sts', 'GetSessionToken', 'TokenCode'],
    ['sts', 'AssumeRoleWithWebIdentity', 'WebIdentityToken'],
    ['sts', 'AssumeRoleWithSAML', 'SAMLAssertion'],
    ['iot', 'ConfirmTopicRuleDestination', 'confirmationToken'],
    ['iot', 'TestInvokeAuthorizer', 'tokenSignature'],
    ['iot', 'TestInvokeAuthorizer', 'token'],
    ['iot', 'TestInvokeAuthorizer', 'httpContext'],
    ['iot', 'TestInvokeAuthorizer', 'mqttContext'],
  ])('has nothing of a secret: %s %s %s', (service, operation, member) => {
    const kept = toParameters({ [member]: 'swordfish' }, shapeOf(service, operation))
    expect(Object.values(kept ?? {})).toEqual([hidden])
  })

  it('hides what the model calls sensitive, however deep', () => {
    const input = { FunctionName: 'f', Environment: { Variables: { LEVEL: 'swordfish' } } }
    const kept = toParameters(input, shapeOf('lambda', 'CreateFunction'))
    expect(kept).toMatchObject({ functionName: 'f' })
    expect(JSON.stringify(kept)).not.toContain('swordfish')
  })

  it('hides headers of rule actions', () => {
    const headers = [{ key: 'Authorization', value: 'Bearer swordfish' }]
    const action = { http: { url: 'https://x.example', headers } }
    const input = { ruleName: 'r', topicRulePayload: { sql: 's', actions: [action] } }
    const kept = JSON.stringify(toParameters(input, shapeOf('iot', 'CreateTopicRule')))
    expect(kept).toContain('https://x.example')
    expect(kept).not.toContain('swordfish')
  })

  it.each([
    ['nextToken', 'abc'],
    ['ClientRequestToken', 'abc'],
    ['clientToken', 'abc'],
    ['marker', 'abc'],
    ['secretName', 'abc'],
    ['certificatePem', '-----BEGIN CERTIFICATE-----'],
  ])('keeps %s, which is no secret', (name, value) => {
    expect(JSON.stringify(toParameters({ [name]: value }))).toContain(value)
  })

  it.each([
    ['a long text', { policyDocument: 'x'.repeat(5000) }],
    ['a long list', { tags: Array.from({ length: 1000 }, (_, index) => ({ Key: `k${index}`, Value: 'v' })) }],
    ['many members', Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`m${index}`, 'x']))],
    ['bytes', { payload: new Uint8Array(100_000) }],
    ['depth', { a: JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`) as object }],
  ])('is bounded: %s', (_, input) => {
    expect(JSON.stringify(toParameters(input)).length).toBeLessThanOrEqual(4096)
  })

  it('says of bytes how many there were, and nothing of an empty input', () => {
    expect(toParameters({ payload: new Uint8Array(7) })).toEqual({ payload: '7 bytes' })
    expect(toParameters({})).toBeUndefined()
  })
})
