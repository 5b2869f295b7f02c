/** Runs functions: finds the version, keeps reservations, and takes an environment for each event. */
import type { Store } from '../../store/index.ts'
import type { Completion } from '../environments/environment.ts'
import type { EnvironmentPool } from '../environments/pool.ts'
import type { FunctionReference } from '../registry/function-name.ts'
import { findReservation } from '../registry/function-store.ts'
import { tooManyRequests } from '../registry/lambda-error.ts'
import { resolveTarget } from './target.ts'

interface InvocationRequest extends FunctionReference {
  accountId: string
  requestId: string
  payload: Uint8Array
  /** Base64 of JSON. */
  clientContext?: string
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
}

/**
 * A function that fails is a result; what is thrown is why it did not run.
 * @throws {AwsError} `ResourceNotFoundException`; `TooManyRequestsException`; what keeps its role from being assumed
 */
export function createInvoker({ store, pool, region, random }: InvokerDeps): Invoker {
  const running = new Map<string, number>()

  async function count<T>(key: string, reserved: number | null, work: () => Promise<T>): Promise<T> {
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

  return async ({ accountId, requestId, payload, clientContext, ...reference }) => {
    const { version, invokedFunctionArn } = await resolveTarget(
      store.read,
      { accountId, region },
      reference,
      random(),
    )
    const { functionName } = version
    const reservation = await findReservation(store.read, accountId, functionName)
    return await count(`${accountId} ${functionName}`, reservation?.reserved ?? null, async () => {
      const environment = await pool.acquire(version)
      try {
        const event = { requestId, payload, invokedFunctionArn, ...(clientContext && { clientContext }) }
        return { ...(await environment.invoke(event)), executedVersion: version.version }
      } finally {
        pool.release(environment)
      }
    })
  }
}
