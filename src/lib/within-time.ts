/** What the work gives; `undefined` when it takes longer. What it does then is for nobody. */
export async function withinTime<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  work.catch(() => {}) // it may fail when nobody waits any more
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
