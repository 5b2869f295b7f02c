/** What the processes of an environment use, and their end. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { plainVariables, type Isolation } from './sandbox.ts'

/** The process and all below it, whichever of their threads started them. [Linux proc(5), /proc/pid/task/tid/children] */
export function processTree(pid: number): number[] {
  const found = [pid]
  for (let at = 0; at < found.length; at++) found.push(...childrenOf(found[at] ?? 0))
  return found
}

const childrenOf = (pid: number): number[] =>
  namesIn(`${pid}/task`).flatMap((thread) =>
    readProc(`${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )

/** Every process that runs as the user, also such as its parent has left to the system. */
export function processesOfUser(userId: number): number[] {
  const own = new RegExp(`^Uid:\t${userId}\t`, 'm')
  return namesIn('')
    .filter((name) => /^\d+$/.test(name) && own.test(readProc(`${name}/status`)))
    .map(Number)
}

/** Milliseconds that these were ready to run and had no processor. [Linux, Documentation/scheduler/sched-stats] */
export function waitedMsOf(pids: readonly number[]): number {
  const waited = pids.map((pid) => Number(readProc(`${pid}/schedstat`).split(' ')[1] ?? 0))
  return waited.reduce((sum, nanoseconds) => sum + nanoseconds / 1e6, 0)
}

export function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return '' // the process is gone, or this is no Linux
  }
}

export function namesIn(path: string): string[] {
  try {
    return readdirSync(`/proc/${path}`)
  } catch {
    return []
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

/** Run as the user, who can end and remove only what is its own. What is missing leaves the rest in force. */
const removeUserScript = `kill -9 -1; ipcrm --all; find /dev/shm /dev/mqueue -xdev -user "$1" -delete`

/**
 * Kills whatever else runs as a user that is this environment's alone, and removes the memory that outlives processes:
 * System V and POSIX shared memory, message queues, semaphores. With namespaces they go with their last process.
 */
export async function removeUser(isolation: Isolation, userId: number): Promise<void> {
  if (isolation !== 'user') return
  const ids = { uid: userId, gid: userId }
  const args = ['-c', removeUserScript, 'sh', String(userId)]
  const remover = spawn('sh', args, { stdio: 'ignore', cwd: '/', env: plainVariables, ...ids })
  await new Promise<void>((resolve) => {
    remover.once('error', () => resolve())
    remover.once('exit', () => resolve())
  })
}
