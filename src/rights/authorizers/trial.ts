/**
 * TestInvokeAuthorizer: what a client with these credentials would be told.
 * Source: AWS IoT Developer Guide, "Testing your authorizers".
 */
import { randomUUID } from 'node:crypto'
import type * as Iot from '@aws-sdk/client-iot'
import { iotError, type AwsError } from '../../api/aws/errors.ts'
import { askFunction, type AskDeps } from './ask-function.ts'
import type { Authorizer } from './authorizer.ts'
import { checkToken } from './check-token.ts'
import { authorizerEvent } from './event.ts'
import { AuthorizerRefusal } from './refusal.ts'

export type TrialDeps = AskDeps

/** assumed: an INACTIVE authorizer can be tested, so that it is before clients come. */
export async function tryAuthorizer(
  deps: TrialDeps,
  authorizer: Authorizer,
  input: Iot.TestInvokeAuthorizerRequest,
): Promise<Omit<Iot.TestInvokeAuthorizerResponse, '$metadata'>> {
  const { token, tokenSignature: signature, httpContext, mqttContext, tlsContext } = input
  try {
    const { policies: _, ...answer } = await askFunction(
      deps,
      authorizer,
      authorizerEvent({
        token,
        signatureVerified: checkToken(authorizer, { token, signature }),
        connectionId: randomUUID(),
        tls: tlsContext,
        http: httpContext && {
          headers: Object.entries(httpContext.headers ?? {}),
          queryString: (httpContext.queryString ?? '').replace(/^\?/, ''),
        },
        mqtt: mqttContext,
      }),
    )
    return { ...answer, policyDocuments: [...answer.policyDocuments] }
  } catch (cause) {
    if (!(cause instanceof AuthorizerRefusal)) throw cause
    if (cause.code === 'authorizer-denied') return { isAuthenticated: false }
    throw toError(cause)
  }
}

/** assumed: AWS does not say which error stands for what. */
function toError({ code, message }: AuthorizerRefusal): AwsError {
  const isAnswer = code === 'authorizer-answer-invalid' || code === 'authorizer-function-failed'
  return iotError(isAnswer ? 'InvalidResponseException' : 'InvalidRequestException', `${code}: ${message}`)
}
