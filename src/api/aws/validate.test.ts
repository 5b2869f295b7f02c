import { describe, expect, it } from 'vitest'
import { createThing, iam, read, type Call } from './testing/test-calls.ts'

const failed = 'failed to satisfy constraint: Member must'

describe('an input is refused as invalid', () => {
  it.each<[string, Call, string, string]>([
    [
      'without a required member',
      { service: 'iot', method: 'POST', target: '/policies/p', body: '{}' },
      'InvalidRequestException',
      `1 validation error detected: Value null at 'policyDocument' ${failed} not be null`,
    ],
    [
      'without a required header',
      { service: 'iot', method: 'PUT', target: '/things/t/principals' },
      'InvalidRequestException',
      `Value null at 'principal' ${failed} not be null`,
    ],
    [
      'outside of an enum',
      { service: 'iot', method: 'PUT', target: '/certificates/abc?newStatus=ON' },
      'InvalidRequestException',
      `Value 'ON' at 'newStatus' ${failed} satisfy enum value set: [ACTIVE, INACTIVE, REVOKED, PENDING_TRANSFER, REGISTER_INACTIVE, PENDING_ACTIVATION]`,
    ],
    [
      'against a pattern',
      { service: 'iot', method: 'POST', target: '/things/a%0A' },
      'InvalidRequestException',
      `${failed} satisfy regular expression pattern: [a-zA-Z0-9:_-]+`,
    ],
    [
      'too long',
      { service: 'iot', method: 'POST', target: `/things/${'a'.repeat(129)}` },
      'InvalidRequestException',
      `Value at 'thingName' ${failed} have length less than or equal to 128`,
    ],
    [
      'too short, and of another pattern',
      { service: 'iot', target: '/certificates/ab.c' },
      'InvalidRequestException',
      `Value 'ab.c' at 'certificateId' ${failed} have length greater than or equal to 64`,
    ],
    [
      'too high',
      { service: 'iot', target: '/things?maxResults=251' },
      'InvalidRequestException',
      `Value '251' at 'maxResults' ${failed} have value less than or equal to 250`,
    ],
    [
      'too low',
      { service: 'iot', target: '/things?maxResults=0' },
      'InvalidRequestException',
      `${failed} have value greater than or equal to 1`,
    ],
    [
      'inside of a map',
      createThing('{"attributePayload":{"attributes":{"a b":"c"}}}'),
      'InvalidRequestException',
      `Value 'a b' at 'attributePayload.attributes (key)' ${failed} satisfy regular expression pattern: [a-zA-Z0-9_.,@/:#-]+`,
    ],
    [
      'inside of a list',
      iam('Action=TagRole&RoleName=r&Tags.member.1.Key=a'),
      'ValidationError',
      `Value null at 'Tags[0].Value' ${failed} not be null`,
    ],
    [
      'in two members at once',
      iam('Action=CreateRole&RoleName=a*b'),
      'ValidationError',
      '2 validation errors detected: ',
    ],
    [
      'by the name that Lambda has for it',
      { service: 'lambda', target: '/2015-03-31/functions?MaxItems=0' },
      'ValidationException',
      'MaxItems',
    ],
    [
      'by the name that Logs has for it',
      {
        service: 'logs',
        method: 'POST',
        target: '/',
        headers: { 'x-amz-target': 'Logs_20140328.CreateLogGroup' },
        body: '{}',
      },
      'InvalidParameterException',
      "Value null at 'logGroupName'",
    ],
    [
      'without showing a sensitive value',
      iam('Action=ChangePassword&OldPassword=hunter2%01%00&NewPassword=b%00'),
      'ValidationError',
      `Value at 'OldPassword' ${failed}`,
    ],
  ])('%s', (_title, call, code, message) => {
    expect(() => read(call)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })

  it('without showing certificates, secrets, or more than ten findings', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB'
    const tags = Array.from({ length: 40 }, (_, index) => `Tags.member.${index + 1}.Key=`).join('&')
    const many = thrownBy(iam(`Action=TagRole&RoleName=r&${tags}`))
    expect(many).toMatch(/^10 validation errors detected/)
    expect(many.length).toBeLessThan(2000)
    expect(thrownBy({ service: 'iot', target: `/certificates/${encodeURIComponent(pem)}` })).not.toContain(
      'BEGIN',
    )
    expect(thrownBy(iam('Action=ChangePassword&OldPassword=hunter2%00&NewPassword=b'))).not.toContain(
      'hunter2',
    )
  })
})

function thrownBy(call: Call): string {
  try {
    read(call)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
