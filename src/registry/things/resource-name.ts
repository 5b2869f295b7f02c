import { iotError } from '../../api/aws/errors.ts'
import { iotArn, parseArn, type ArnScope } from '../../lib/arn.ts'

interface NameOrArn {
  /** What the ARN must be of, as ARNs spell it. */
  kind: 'thing' | 'thinggroup' | 'billinggroup'
  name?: string | undefined
  arn?: string | undefined
  /** The caller's account and region. */
  scope: ArnScope
}

/**
 * The name of a resource that a request gives by name, by ARN, or by both.
 * @throws {AwsError} `InvalidRequestException` when neither is there, the ARN is of something else or of somewhere
 * else, or they differ
 */
export function resourceName({ kind, name, arn, scope }: NameOrArn): string {
  if (arn === undefined) {
    if (name === undefined)
      throw iotError('InvalidRequestException', `the name or ARN of the ${kind} is missing`)
    return name
  }
  const named = parseArn(arn)?.resource.slice(kind.length + 1) ?? ''
  // the whole ARN counts: it is what the caller's permission was asked for
  if (named === '' || arn !== iotArn(scope, `${kind}/${named}`))
    throw iotError(
      'InvalidRequestException',
      `${JSON.stringify(arn)} is not the ARN of a ${kind} of this account and region`,
    )
  if (name !== undefined && name !== named)
    throw iotError('InvalidRequestException', `the ${kind} is called ${name}, but its ARN says ${named}`)
  return named
}
