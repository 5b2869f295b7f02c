/** How invocations end, as far as the processes of an environment are concerned. */
import { failed, failure, type Outcome } from './outcome.ts'
import { maxResponseBytes, type RuntimeReport } from './runtime-api.ts'

/** What ends an invocation, as far as the processes are concerned. */
export type Ending = Outcome & {
  /** A line for the log. */
  line?: string
  /** For the report line. */
  status?: string
  /** Set when the environment is gone, and so is every later invocation's. */
  death?: { errorType: string; text: string }
}

/** Stands for the id of the request, in a line that is written in advance. */
const requestPlace = '<request>'

export const killedBy = (errorType: string, text: string): Ending => ({
  ...failure(errorType, `Error: ${text}`),
  death: { errorType, text },
})

export function toEnding(report: Exclude<RuntimeReport, { kind: 'next' | 'init-error' }>): Ending {
  if (report.kind === 'response') return { payload: report.payload }
  if (report.kind === 'error') return failed(report.payload)
  return failure(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes): ${report.bytes} bytes`,
  )
}

/** What killed an environment names the request that it was killed in. */
export function withRequest(ending: Ending, requestId: string): Ending {
  const { death, line } = ending
  if (!death) return ending
  return {
    ...ending,
    ...failure(death.errorType, `RequestId: ${requestId} Error: ${death.text}`),
    ...(line !== undefined && { line: line.replace(requestPlace, requestId) }),
  }
}

/** The processes ended by themselves, or for want of memory. */
export function unexpectedExit(reason: string, isOutOfMemory: boolean): Ending {
  const status = isOutOfMemory
    ? 'error\tError Type: Runtime.OutOfMemory'
    : 'error\tError Type: Runtime.ExitError'
  const line = `RequestId: ${requestPlace} Error: ${reason}\nRuntime.ExitError`
  const ending = { ...killedBy('Runtime.ExitError', reason), line, status }
  return { ...ending, ...(isOutOfMemory && { isOutOfMemory }) }
}

export const timedOut = (seconds: number, now: Date) => outOfTime('Task timed out', seconds, now)

/** Named apart: a longer time-out of the function would not help. */
export const startTimedOut = (elapsedMs: number, now: Date) =>
  outOfTime('Start of the environment timed out', elapsedMs / 1000, now)

function outOfTime(what: string, seconds: number, now: Date): Ending {
  const text = `${what} after ${seconds.toFixed(2)} seconds`
  const line = `${now.toISOString()} ${requestPlace} ${text}`
  return { ...killedBy('Sandbox.Timedout', text), line, status: 'timeout' }
}
