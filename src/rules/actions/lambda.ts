/** Source: AWS IoT Developer Guide, "Lambda". */
import type { LambdaAction } from '@aws-sdk/client-iot'
import { AwsError, iotError } from '../../api/aws/errors.ts'
import { ActionFailure } from './action-failure.ts'
import type { ActionScope, PreparedAction } from './action.ts'
import { parseField } from './field.ts'
import { toMemo } from './invocation-memo.ts'
import { iotService } from './service-role.ts'

const functionArnPattern = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:(\$LATEST|[\w-]+))?$/

/** As logs and error actions name it. */
export const lambdaAction = 'LambdaAction'

/** Of functions, those worth a second try: too many at once, or a part that fails for now. */
const retryableCodes = new Set(['TooManyRequestsException', 'ServiceException', 'EC2ThrottledException'])

/** @throws {AwsError} `InvalidRequestException` */
export function prepareLambda({ functionArn }: LambdaAction, scope: ActionScope): PreparedAction {
  const field = parseField(functionArn ?? '', 'functionArn', scope)
  if (field.literal !== undefined && !functionArnPattern.test(field.literal))
    throw iotError(
      'InvalidRequestException',
      `${scope.place}.functionArn must be the ARN of a function; it is "${field.literal}"`,
    )
  return {
    name: lambdaAction,
    aim(execution, { functions }) {
      const { rule, message, output, isJson } = execution
      const resource = field.fill(message)
      const { accountId, ruleArn } = rule
      const deliver = async () => {
        if (!isJson)
          throw new ActionFailure(
            "a function takes JSON, and the output is none; SELECT encode(*, 'base64') AS data makes it so",
          )
        await functions
          .invokeFromService({
            accountId,
            functionArn: resource,
            payload: output,
            service: iotService,
            sourceArn: ruleArn,
            sourceAccount: accountId,
            memo: toMemo(execution, resource),
          })
          .catch(rethrowAsFailure)
      }
      return { label: 'FunctionArn', resource, deliver }
    },
  }
}

function rethrowAsFailure(cause: unknown): never {
  if (!(cause instanceof AwsError)) throw cause
  const isRetryable = retryableCodes.has(cause.code)
  throw new ActionFailure(`${cause.code}: ${cause.message}`, { isRetryable, cause })
}
