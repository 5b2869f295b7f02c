import { describe, expect, it } from 'vitest'
import { createRenaming } from './account-names.ts'

const from = { partition: 'aws', region: 'eu-west-1', accountId: '111122223333' }
const to = { partition: 'aws', region: 'us-east-1', accountId: '000000000000' }

describe('the renaming of ARNs', () => {
  it.each([
    ['arn:aws:iot:eu-west-1:111122223333:topic/a', 'arn:aws:iot:us-east-1:000000000000:topic/a'],
    ['arn:aws:iam::111122223333:role/x', 'arn:aws:iam::000000000000:role/x'],
    [
      'arn:aws:iot:*:111122223333:client/${iot:ClientId}',
      'arn:aws:iot:*:000000000000:client/${iot:ClientId}',
    ],
    ['arn:aws:iot:eu-central-1:111122223333:topic/a', 'arn:aws:iot:eu-central-1:000000000000:topic/a'],
    ['arn:aws-cn:iot:eu-west-1:111122223333:topic/a', 'arn:aws:iot:us-east-1:000000000000:topic/a'],
    ['"arn:aws:iot:eu-west-1:111122223333:a","b"', '"arn:aws:iot:us-east-1:000000000000:a","b"'],
  ])('turns %s into %s', (text, expected) => expect(createRenaming(from, to)(text)).toBe(expected))

  it.each([
    'arn:aws:lambda:eu-west-1:444455556666:function:x',
    'arn:aws:iot:eu-west-1:*:topic/a',
    'arn:aws:iam::aws:policy/AdministratorAccess',
    'arn:aws:s3:::bucket/111122223333',
    'https://sqs.eu-west-1.amazonaws.com/111122223333/queue',
    'warn:aws:iot:eu-west-1:111122223333:topic/a',
  ])('leaves %s as it is', (text) => expect(createRenaming(from, to)(text)).toBe(text))

  it('leaves everything as it is between ends of one account and region', () => {
    const text = 'arn:aws-cn:iot:eu-west-1:111122223333:topic/a'
    expect(createRenaming(from, from)(text)).toBe(text)
  })
})
