/** Runs functions: finds the version, keeps reservations, and takes an environment for each event. */
import { untraced, type Trace } from '../../lib/trace.ts'
import { AwsError } from '../../api/aws/errors.ts'
import type { ArnScope } from '../../lib/arn.ts'
import type { Store } from '../../store/index.ts'
import type { Completion, Environment } from '../environments/environment.ts'
import type { EnvironmentPool } from '../environments/pool.ts'
import type { FunctionReference } from '../registry/function-name.ts'
import { findReservation } from '../registry/function-store.ts'
import { tooManyRequests } from '../registry/lambda-error.ts'
import { resolveTarget, type Target } from './target.ts'

interface InvocationRequest extends FunctionReference {
  accountId: string
  requestId: string
  payload: Uint8Array
  /** Base64 of JSON. */
  clientContext?: string
  /** Devices wait for it. */
  isForRule?: boolean
}

export interface InvocationResult extends Completion {
  executedVersion: string
}

export type Invoker = (request: InvocationRequest) => Promise<InvocationResult>

interface InvokerDeps {
  store: Pick<Store, 'read'>
  pool: Pick<EnvironmentPool, 'acquire' | 'release'>
  region: string
  random: () => number
  measure?: MeasureInvocation | undefined
  /** Absent: nobody is told. */
  trace?: Trace | undefined
}

/** @param outcome `error` for a function that failed by itself, by its time-out, or for want of memory */
export type MeasureInvocation = (seconds: number, outcome: 'success' | 'error') => void

/**
 * A function that fails is a result; what is thrown is why it did not run.
 * @throws {AwsError} `ResourceNotFoundException`; `TooManyRequestsException`; what keeps its role from being assumed
 */
export function createInvoker(deps: InvokerDeps): Invoker {
  const { trace = untraced } = deps
  const invoke = createInvoke(deps)
  return (request) => {
    const { accountId, functionName, requestId } = request
    const attributes = {
      'cloud.account.id': accountId,
      'faas.invoked_name': functionName,
      'faas.invocation_id': requestId,
    }
    return trace({ name: 'function invocation', attributes }, async (tell) => {
      const completion = await invoke(request)
      tell({ 'muster.function_error': completion.functionError }, completion.functionError !== undefined)
      return completion
    })
  }
}

function createInvoke({ store, pool, region, random, measure }: InvokerDeps): Invoker {
  const count = createCounter()

  /** The code may be replaced, and the old one deleted, before an environment has read it: then the new one is meant. */
  async function acquire(scope: ArnScope, reference: FunctionReference, isForRule: boolean): Promise<Taken> {
    for (let before: string | undefined; ;) {
      const target = await resolveTarget(store.read, scope, reference, random())
      const { codeId } = target.version.code
      try {
        return { ...target, environment: await pool.acquire(target.version, isForRule) }
      } catch (cause) {
        if (cause instanceof AwsError || codeId === before) throw cause
        before = codeId
      }
    }
  }

  return async ({ accountId, requestId, payload, clientContext, isForRule = false, ...reference }) => {
    const { functionName } = reference
    const reservation = await findReservation(store.read, accountId, functionName)
    return await count(`${accountId} ${functionName}`, reservation?.reserved ?? null, async () => {
      const taken = await acquire({ accountId, region }, reference, isForRule)
      const { environment, version, invokedFunctionArn } = taken
      try {
        const event = { requestId, payload, invokedFunctionArn, ...(clientContext && { clientContext }) }
        const startedAt = performance.now()
        const completion = await environment.invoke(event)
        const outcome = completion.functionError === undefined ? 'success' : 'error'
        measure?.((performance.now() - startedAt) / 1000, outcome)
        return { ...completion, executedVersion: version.version }
      } finally {
        pool.release(environment)
      }
    })
  }
}

interface Taken extends Target {
  environment: Environment
}

/** Counts what runs under a key, and refuses what is more than reserved. */
function createCounter() {
  const running = new Map<string, number>()

  return async <T>(key: string, reserved: number | null, work: () => Promise<T>): Promise<T> => {
    const present = running.get(key) ?? 0
    if (reserved !== null && present >= reserved)
      throw tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
    running.set(key, present + 1)
    try {
      return await work()
    } finally {
      const left = (running.get(key) ?? 1) - 1
      if (left > 0) running.set(key, left)
      else running.delete(key)
    }
  }
}
