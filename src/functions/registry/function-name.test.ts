import { describe, expect, it } from 'vitest'
import {
  functionArn,
  parseFunctionName,
  parseWholeFunction,
  qualifiedArn,
  wholeArn,
} from './function-name.ts'

const scope = { region: 'us-east-1', accountId: '000000000000' }
const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f'

describe('a function', () => {
  it.each([
    ['f', undefined, { functionName: 'f' }],
    ['f:1', undefined, { functionName: 'f', qualifier: '1' }],
    ['f:$LATEST', undefined, { functionName: 'f', qualifier: '$LATEST' }],
    ['f', 'live', { functionName: 'f', qualifier: 'live' }],
    ['f:live', 'live', { functionName: 'f', qualifier: 'live' }],
    ['f', '', { functionName: 'f' }],
    ['000000000000:function:f', undefined, { functionName: 'f' }],
    ['function:f', undefined, { functionName: 'f' }],
    [arn, undefined, { functionName: 'f' }],
    [`${arn}:live`, undefined, { functionName: 'f', qualifier: 'live' }],
  ])('is named by %s with %s', (name, qualifier, expected) => {
    expect(parseFunctionName(scope, name, qualifier)).toEqual(expected)
  })

  it.each([
    ['f:1', '2', 'InvalidParameterValueException'],
    ['a b', undefined, 'InvalidParameterValueException'],
    ['', undefined, 'InvalidParameterValueException'],
    ['a:b:c:d', undefined, 'InvalidParameterValueException'],
    [arn.replace('000000000000', '111111111111'), undefined, 'ResourceNotFoundException'],
    [arn.replace('us-east-1', 'eu-west-1'), undefined, 'ResourceNotFoundException'],
    ['111111111111:function:f', undefined, 'ResourceNotFoundException'],
    [arn.replace('arn:aws:', 'arn:aws-cn:'), undefined, 'InvalidParameterValueException'],
    [arn.replace('arn:aws:', 'arn:aws-x:'), undefined, 'InvalidParameterValueException'],
  ])('is not named by %s with %s', (name, qualifier, code) => {
    expect(() => parseFunctionName(scope, name, qualifier)).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    ['f', undefined, arn],
    ['f', 'live', `${arn}:live`],
    ['f:1', '', `${arn}:1`],
    [`${arn}:1`, undefined, `${arn}:1`],
    ['111111111111:function:f', undefined, arn.replace('000000000000', '111111111111')],
  ])('that is named %s with %s needs a permission for %s', (name, qualifier, expected) => {
    expect(qualifiedArn(scope, name, qualifier)).toBe(expected)
  })

  it.each([
    'f',
    'f:1',
    'f:$LATEST',
    'f:zz',
    'function:f:live',
    `000000000000:function:f:1`,
    arn,
    `${arn}:live`,
  ])('that is named %s needs, as a whole, a permission for itself', (name) => {
    expect(wholeArn(scope, name)).toBe(arn)
  })

  it.each(['f:1', 'f:$LATEST', 'f:zz', `${arn}:live`])('as a whole is not named by %s', (name) => {
    expect(() => parseWholeFunction(scope, name)).toThrow(
      expect.objectContaining({
        code: 'InvalidParameterValueException',
        message: expect.stringContaining('Aliases and versions do not support this operation') as string,
      }),
    )
  })

  it('has an ARN that its name can be read from', () => {
    const reference = { functionName: 'f', qualifier: 'live' }
    expect(parseFunctionName(scope, functionArn(scope, reference))).toEqual(reference)
  })
})
