import { randomUUID } from 'node:crypto'
import { findPermitted, type EnqueueDeps, type ServiceInvocation } from './enqueue.ts'
import type { InvocationResult, Invoker } from './invoker.ts'
import { maxPayloadBytes, readPayload } from './payload.ts'

/**
 * Runs a function for a service that its policy must allow, and that waits for the answer.
 * @throws {AwsError} `AccessDeniedException`, and what the invoker throws
 */
export async function callFromService(
  { invoke, ...deps }: Pick<EnqueueDeps, 'store' | 'region'> & { invoke: Invoker },
  invocation: Omit<ServiceInvocation, 'memo'>,
): Promise<InvocationResult> {
  const payload = readPayload(invocation.payload, maxPayloadBytes.synchronous)
  const reference = await findPermitted(deps, invocation)
  const { accountId } = invocation
  return await invoke({ ...reference, accountId, payload, requestId: randomUUID(), isForRule: true })
}
