/** What a fuzz run has to show: nothing is left, and memory is where it was. */

const mebibyte = 1024 * 1024

/** Bytes in use once everything that can be is collected. Needs `--expose-gc`. */
export function heapBytes(): number {
  const collect = globalThis.gc
  if (!collect) throw new Error('start Node with --expose-gc')
  for (let round = 0; round < 3; round++) collect()
  return process.memoryUsage().heapUsed
}

export const inMebibytes = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`

/** How much the heap may differ after a run: caches fill up, leaks go on. */
const maxGrowth = 24 * mebibyte

/** @throws {Error} when more is left than caches explain */
export function checkHeap(before: number, after: number): void {
  if (after - before > maxGrowth)
    throw new Error(`the heap grew from ${inMebibytes(before)} to ${inMebibytes(after)}`)
}

/** @throws {Error} when it takes longer */
export async function within<Result>(seconds: number, what: string, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
