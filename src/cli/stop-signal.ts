/** What a person or the system says when something is to end. */
const signals = ['SIGINT', 'SIGTERM'] as const

/** Runs `work`, which is told when it is to end, and clears up after itself. */
export async function withStopSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const abort = (name: NodeJS.Signals) => stop.abort(new Error(`stopped by ${name}`))
  for (const signal of signals) process.once(signal, abort)
  try {
    return await work(stop.signal)
  } finally {
    for (const signal of signals) process.off(signal, abort)
  }
}

export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve())
  })
}
