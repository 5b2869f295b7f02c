/** How the end of a function's process is told. */
import { constants } from 'node:os'

const signalTexts: Record<string, string> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGILL: 'illegal instruction',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
  SIGXFSZ: 'file size limit exceeded',
}

/** A shell tells of a signal by adding its number to this. */
const signalBase = 128

/** As Lambda writes it behind `Error: `. */
export function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  const name = signal ?? signalOf(code ?? 0)
  if (name !== undefined)
    return `Runtime exited with error: signal: ${signalTexts[name] ?? name.toLowerCase()}`
  return code === 0
    ? 'Runtime exited without providing a reason'
    : `Runtime exited with error: exit status ${code}`
}

function signalOf(code: number): string | undefined {
  // 128 and 129 are what the bootstrap itself ends with.
  const entry = Object.entries(constants.signals).find(([, number]) => signalBase + number === code)
  return code <= signalBase + 1 ? undefined : entry?.[0]
}
