import { describe, expect, it } from 'vitest'
import { compileIdentityDocument } from '../authorization/identity-policies.ts'
import { checkDocument } from './document.ts'

const statement = { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }
const document = (changes: object, rest: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: { ...statement, ...changes }, ...rest })
const before = (date: string) => document({ Condition: { DateLessThan: { 'aws:CurrentTime': date } } })

const malformed = (message: string): unknown =>
  expect.objectContaining({
    code: 'MalformedPolicyDocumentException',
    message: expect.stringContaining(message),
  })

describe('IAM takes a policy', () => {
  it.each([
    ['with a Sid of letters and digits', document({ Sid: 'Allow1' })],
    ['with an empty Sid', document({ Sid: '' })],
    ['with any text as the name of an action', document({ Action: 'iot: no such action ' })],
    ['with a service whose name has a dot', document({ NotAction: undefined, Action: 'iot.data:Connect' })],
    ['with every action of every service', document({ Action: '*:*' })],
    ['with an ARN that ends after the service', document({ Resource: 'arn:aws:iot' })],
    ['with an ARN that ends after the account', document({ Resource: 'arn:aws:iot:r:111122223333' })],
    ['with a null beside a resource', document({ Resource: ['arn:aws:iot:*:*:topic/a', null] })],
    ['with a date that is a year and an empty time', before('01T')],
    ['with a date of short parts in lower case', before('2016-12-13t2:00:00.593194+23')],
    ['with the first year there is', before('-292275054')],
    ['with a wildcard as partition', document({ Resource: 'arn:*:iot:*:*:*' })],
    ['with another partition', document({ Resource: 'arn:aws-us-gov:iot:*:*:*' })],
    ['with any region of IAM', document({ Resource: 'arn:aws:iam:*:*:role/x' })],
    ['with every resource of IAM', document({ Resource: ['arn:aws:iam::*:*', 'arn:aws:iam'] })],
    ["with a user's own name", document({ Resource: 'arn:aws:iam::*:user/${aws:username}' })],
    ['with a kind that begins a kind of IAM', document({ Resource: 'arn:aws:iam::1:r*' })],
    ['with an access point of S3 in a region', document({ Resource: 'arn:aws:s3:r:1:accesspoint/a' })],
    ['with a bucket', document({ Resource: 'arn:aws:s3:::a/*' })],
  ])('%s', (_title, text) => {
    expect(() => checkDocument(text, 'managed')).not.toThrow()
  })

  it.each([
    ['without a version', document({}, { Version: undefined })],
    ['of the older version', document({}, { Version: '2008-10-17' })],
  ])('%s inline, not managed', (_title, text) => {
    expect(() => checkDocument(text, 'inline')).not.toThrow()
    expect(() => checkDocument(text, 'managed')).toThrow(malformed('must be version 2012-10-17 or greater'))
  })
})

describe('IAM refuses a policy', () => {
  it.each([
    ['with a hyphen in a Sid', document({ Sid: 'allow-all' }), '(SID) must be alpha-numeric'],
    ['with a space in a Sid', document({ Sid: 'allow all' }), '(SID) must be alpha-numeric'],
    ['with two colons in an action', document({ Action: 'iot:a:b' }), 'a service and an action'],
    ['with no service before the action', document({ Action: ':Connect' }), 'a service and an action'],
    [
      'with a wildcard in the service of an action',
      document({ Action: 'io*:Connect' }),
      'Vendor io* is not valid',
    ],
    ['with an ARN of a partition alone', document({ Resource: 'arn:aws' }), 'or an ARN'],
    ['with an ARN of five parts, one empty', document({ Resource: 'arn:aws:s3::a' }), 'or an ARN'],
    ['with such an ARN and a wildcard', document({ Resource: 'arn:aws:s3::a*' }), 'legacy parsing'],
    ['with an ARN without service', document({ Resource: 'arn:aws::::a' }), 'vendor must be fully qualified'],
    ['with an ARN of any service', document({ Resource: 'arn:aws:*:*:*:*' }), 'cannot contain regexes'],
    [
      'with an unknown partition',
      document({ Resource: 'arn:cloud:iot:*:*:*' }),
      'Partition "cloud" is not valid',
    ],
    ['with a wildcard before the ARN', document({ Resource: '*:topic/a' }), 'must be in ARN format or "*"'],
    ['with a null alone', document({ Resource: [null] }), 'must not be empty'],
    ['with a null among actions', document({ Action: ['iot:Connect', null] }), 'must be a string, got null'],
    ['with a null instead of a resource', document({ Resource: null }), 'must be a string, got null'],
    ['with a region of IAM', document({ Resource: 'arn:aws:iam:r:1:role/a' }), 'cannot contain region'],
    [
      'with an unknown kind of IAM',
      document({ Resource: 'arn:aws:iam:::bucket' }),
      'must either be "*" or start with',
    ],
    [
      'with a bucket in a region, of NotResource as well',
      document({ Resource: undefined, NotResource: 'arn:aws:s3:us-east-1::a' }),
      'can not contain region',
    ],
    ['with the thirteenth month', before('234-13'), 'must be a date'],
    ['with an offset of one digit', before('2016-12-13t2:00:00.593194+1'), 'must be a date'],
    ['with ten digits of a second', before('2016-12-13t2:00:00.1999999999+10:59'), 'must be a date'],
    ['with seconds beyond 64 bits', before('9223372036854775808'), 'must be a date'],
    ['with a year before the first', before('-292275055'), 'must be a date'],
  ])('%s', (_title, text, message) => {
    expect(() => checkDocument(text, 'inline')).toThrow(malformed(message))
  })
})

it('a document that was put before IAM was this strict still counts', () => {
  const text = document(
    { Action: 'io*:Connect', Resource: 'arn:aws:iam:r:1:bucket' },
    { Version: '2008-10-17' },
  )
  expect(compileIdentityDocument(text, 'old').statements).toHaveLength(1)
})
