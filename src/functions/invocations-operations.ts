import type * as Lambda from '@aws-sdk/client-lambda'
import type { Operations } from '../api/aws/operations.ts'
import type { LambdaDeps } from './functions-operations.ts'
import { readPayload, maxPayloadBytes } from './invocations/payload.ts'
import { resolveTarget } from './invocations/target.ts'
import { parseFunctionName } from './registry/function-name.ts'

export function invocationsOperations({ store, functions }: Pick<LambdaDeps, 'store' | 'functions'>) {
  return {
    async Invoke({ FunctionName, Qualifier, InvocationType, LogType, ClientContext, Payload }, context) {
      const { accountId, requestId } = context
      const reference = parseFunctionName(context, FunctionName, Qualifier)
      const payload = readPayload(Payload as Uint8Array | undefined, maxPayloadBytes.synchronous)
      const invocation = {
        accountId,
        ...reference,
        payload,
        requestId,
        ...(ClientContext !== undefined && { clientContext: ClientContext }),
      }
      if (InvocationType === 'DryRun') {
        await resolveTarget(store.read, context, reference, 0)
        return { StatusCode: 204 }
      }
      if (InvocationType === 'Event') {
        await functions.enqueue(invocation)
        return { StatusCode: 202 }
      }
      const { payload: answer, functionError, executedVersion, logTail } = await functions.invoke(invocation)
      return {
        StatusCode: 200,
        ExecutedVersion: executedVersion,
        Payload: answer as NonNullable<Lambda.InvokeCommandOutput['Payload']>,
        ...(functionError && { FunctionError: functionError }),
        ...(LogType === 'Tail' && { LogResult: Buffer.from(logTail).toString('base64') }),
      }
    },
  } satisfies Partial<Operations<typeof Lambda>>
}
