import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** CPU time that a process's threads have used, in milliseconds (proc(5), schedstat: nanoseconds). */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((thread) => {
    const [onCpu = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    return Number(onCpu)
  })
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6
}

/** Gives what these processes have used since now, in milliseconds. One that ends meanwhile does not count. */
export function watchCpu(pids: readonly number[]): () => number {
  const begun = pids.map((pid) => ({ pid, ms: findCpuMs(pid) ?? 0 }))
  return () => begun.reduce((sum, { pid, ms }) => sum + (findCpuMs(pid) ?? ms) - ms, 0)
}

function findCpuMs(pid: number): number | undefined {
  try {
    return cpuMs(pid)
  } catch {
    return undefined
  }
}

/** As `cpuMs`, in steps of 10 ms, but with what threads used that have ended since (proc(5), stat: utime and stime). */
export function wholeCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Longer than servers put off writing, so that what the work causes is counted, and nothing of the work before. */
const settleMs = 900

/** What the work costs the process, in milliseconds. */
export async function cpuOf(
  pid: number,
  work: () => Promise<void>,
  clock: (pid: number) => number = cpuMs,
): Promise<number> {
  await wait(settleMs)
  const before = clock(pid)
  await work()
  await wait(settleMs)
  return clock(pid) - before
}

export const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** `share` 0.99 is the 99th percentile. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
