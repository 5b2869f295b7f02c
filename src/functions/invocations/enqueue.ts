/** Takes events for functions: from callers, and from services that a function's policy allows. */
import { randomUUID } from 'node:crypto'
import type { Store } from '../../store/index.ts'
import { functionArn, parseFunctionName, type FunctionReference } from '../registry/function-name.ts'
import { lambdaError } from '../registry/lambda-error.ts'
import { listStatements } from '../registry/permission-store.ts'
import type { EventQueue } from './event-queue.ts'
import type { EventSource } from './event-store.ts'
import { maxPayloadBytes, readPayload } from './payload.ts'
import { mayInvoke, type ServiceRequest } from './resource-policy.ts'
import { resolveTarget } from './target.ts'

/** What a function is to be run with. */
export interface FunctionInvocation extends FunctionReference {
  accountId: string
  /** JSON text; empty stands for `{}`. */
  payload: Uint8Array
  /** Base64 of JSON. */
  clientContext?: string
  /** A new one when absent. */
  requestId?: string
}

/** A service invokes a function for one of its resources. */
export interface ServiceInvocation extends ServiceRequest {
  accountId: string
  /** With or without a qualifier. */
  functionArn: string
  payload: Uint8Array
  /** Kept with the event, and told with its failures. */
  memo?: string
}

export interface EnqueueDeps {
  store: Pick<Store, 'read'>
  queue: Pick<EventQueue, 'add'>
  region: string
  now: () => Date
}

/**
 * Resolves with the request id when the event is durable.
 * @throws {AwsError} `ResourceNotFoundException`, `InvalidRequestContentException`, `RequestTooLargeException`
 */
export async function enqueueEvent(
  { store, queue, region, now }: EnqueueDeps,
  { accountId, payload, clientContext, requestId, ...reference }: FunctionInvocation,
  source: EventSource = {},
): Promise<string> {
  const text = Buffer.from(readPayload(payload, maxPayloadBytes.asynchronous)).toString()
  await resolveTarget(store.read, { accountId, region }, reference, 0)
  const createdAt = now()
  const eventId = requestId ?? randomUUID()
  await queue.add({
    accountId,
    eventId,
    ...reference,
    payload: text,
    attempts: 0,
    dueAt: createdAt,
    createdAt,
    source: {
      ...source,
      ...(clientContext !== undefined && { clientContext }),
    },
  })
  return eventId
}

/** @throws {AwsError} `AccessDeniedException` when no statement of the function's policy allows the service */
export async function enqueueFromService(deps: EnqueueDeps, invocation: ServiceInvocation): Promise<void> {
  const { accountId, payload, service, sourceArn, memo } = invocation
  const reference = await findPermitted(deps, invocation)
  const source = { service, sourceArn, ...(memo !== undefined && { memo }) }
  await enqueueEvent(deps, { accountId, ...reference, payload }, source)
}

/**
 * Which function a service means.
 * @throws {AwsError} `ResourceNotFoundException`; `AccessDeniedException` when no statement of the function's policy
 * allows the service
 */
export async function findPermitted(
  { store, region }: Pick<EnqueueDeps, 'store' | 'region'>,
  invocation: ServiceInvocation,
): Promise<FunctionReference> {
  const { accountId, service } = invocation
  const scope = { accountId, region }
  const reference = parseFunctionName(scope, invocation.functionArn)
  const key = { accountId, functionName: reference.functionName, qualifier: reference.qualifier ?? '' }
  await resolveTarget(store.read, scope, reference, 0)
  if (mayInvoke(await listStatements(store.read, key), invocation)) return reference
  throw lambdaError(
    'AccessDeniedException',
    `User: ${service} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn(scope, reference)} because no resource-based policy allows the lambda:InvokeFunction action`,
  )
}
