import { ActionFailure } from '../actions/action-failure.ts'

/** How long to wait before the second and the third try. AWS IoT tries an HTTP endpoint at most three times. */
const pausesMs = [200, 1000]

/** Ends early, without an error, when the engine stops. */
export type Pause = (ms: number) => Promise<void>

/**
 * Tries again after failures that may pass.
 * @throws {ActionFailure} the last one
 */
export async function withRetries(attempt: () => Promise<void>, pause: Pause): Promise<void> {
  for (const ms of pausesMs) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ActionFailure) || !error.isRetryable) throw error
      await pause(ms)
    }
  }
  await attempt()
}
