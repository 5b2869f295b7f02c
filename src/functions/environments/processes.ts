/** What the processes of an environment use, and their end. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { plainVariables, type Isolation } from './sandbox.ts'

/** Bytes of memory that the process and all below it hold for themselves; 0 where /proc does not tell. */
export function memoryOf(pid: number): number {
  let bytes = 0
  const waiting = [pid]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    bytes += ownMemory(next)
    waiting.push(...childrenOf(next))
  }
  return bytes
}

/** Memory that has no file behind it: programs and libraries are shared by all environments. */
function ownMemory(pid: number): number {
  const status = readProc(`${pid}/status`)
  const kilobytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)]
  return kilobytes.reduce((sum, [, amount]) => sum + Number(amount) * 1024, 0)
}

/** [Linux proc(5), /proc/pid/task/tid/children] */
function childrenOf(pid: number): number[] {
  return readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return '' // the process is gone, or this is no Linux
  }
}

/** No environment may make the server count files without end. */
const maxFiles = 100_000

/** Bytes of all files below the folder; `Infinity` when there are too many to count. */
export async function sizeOfFolder(folder: string): Promise<number> {
  let bytes = 0
  let files = 0
  const waiting = [folder]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (++files > maxFiles) return Infinity
      const path = join(next, entry.name)
      if (entry.isDirectory()) waiting.push(path)
      else if (entry.isFile())
        bytes += await stat(path).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        )
    }
  }
  return bytes
}

/**
 * Lets the server, and so the devices that are connected, go before an environment where the kernel schedules sessions
 * as groups: the nice value of a process counts only within its session then. [Linux sched(7), "The autogroup feature"]
 */
export function yieldToServer(pid: number, niceness: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness))
  } catch {
    // this kernel has no such groups
  }
}

/**
 * Stops, continues, or kills the process group of an environment. With namespaces, killing it takes everything that
 * was started in it along.
 */
export function signalGroup(pid: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // nobody is left to hear it
  }
}

/** Kills whatever else runs as a user that is this environment's alone. */
export async function killUser(isolation: Isolation, userId: number): Promise<void> {
  if (isolation !== 'user') return
  const ids = { uid: userId, gid: userId }
  const killer = spawn('sh', ['-c', 'kill -9 -1'], { stdio: 'ignore', cwd: '/', env: plainVariables, ...ids })
  await new Promise<void>((resolve) => {
    killer.once('error', () => resolve())
    killer.once('exit', () => resolve())
  })
}
