/** What came of an invocation, in Lambda's shape. */

export interface Outcome {
  /** JSON text: the function's answer, or the description of its error. */
  payload: Uint8Array
  /** Set when the function failed, whichever way. */
  functionError?: 'Unhandled'
  /** The function was killed for taking too much memory: AWS's payload does not tell, its report line does. */
  isOutOfMemory?: true
}

/** `errorType` as Lambda names it, e.g. `Sandbox.Timedout`. */
export function failure(errorType: string, errorMessage: string): Outcome {
  return { payload: Buffer.from(JSON.stringify({ errorType, errorMessage })), functionError: 'Unhandled' }
}

export const failed = (payload: Uint8Array): Outcome => ({ payload, functionError: 'Unhandled' })

interface Report {
  requestId: string
  durationMs: number
  memoryMb: number
  usedBytes: number
  /** Of the first invocation in an environment. */
  initMs?: number | undefined
  /** E.g. `timeout`. */
  status?: string | undefined
}

/** The line that ends an invocation's log (Lambda Developer Guide, "Viewing CloudWatch logs"). */
export function reportLine({ requestId, durationMs, memoryMb, usedBytes, initMs, status }: Report): string {
  const usedMb = Math.min(memoryMb, Math.ceil(usedBytes / 1024 / 1024))
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs)} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${usedMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...(status === undefined ? [] : [`Status: ${status}`]),
  ]
  return `${parts.join('\t')}\t`
}
