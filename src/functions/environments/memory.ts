/** How much memory an environment holds. What a kernel without control groups does not add up is added up here. */
import { readlinkSync, statfsSync, statSync } from 'node:fs'
import { namesIn, processesOfUser, processTree, readProc } from './processes.ts'
import { sharedPlaces, smallMountMb, type Isolation } from './sandbox.ts'

/** Of all processes of an environment: one that has more is not counted further. Lambda gives 1,024. */
const maxDescriptors = 8192

interface Owner {
  /** The first process of the environment. */
  pid: number
  userId: number
  isolation: Isolation
}

/**
 * Bytes that the processes hold for themselves; 0 where /proc does not tell. Memory that several of them share counts
 * once for each.
 */
export function memoryOf({ pid, userId, isolation }: Owner): number {
  const others = isolation === 'user' ? processesOfUser(userId) : []
  const pids = new Set([...processTree(pid), ...others])
  const total = { anonymous: 0, shared: 0 }
  for (const each of pids) {
    // What has a file behind it is left out: programs and libraries are shared by all environments.
    const status = readProc(`${each}/status`)
    total.anonymous += kilobytes(status, 'RssAnon') * 1024
    total.shared += kilobytes(status, 'RssShmem') * 1024
  }
  // Files without a name in memory are mapped or not: those that are mapped count in both.
  return total.anonymous + Math.max(total.shared, memoryFiles(pids))
}

const kilobytes = (status: string, name: string) =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)

/** Bytes in files of memfd_create(2), which may be filled without being mapped. */
function memoryFiles(pids: Iterable<number>): number {
  const sizes = new Map<number, number>()
  let descriptors = 0
  for (const pid of pids) {
    for (const name of namesIn(`${pid}/fd`)) {
      if (++descriptors > maxDescriptors) return Infinity
      const path = `/proc/${pid}/fd/${name}`
      try {
        if (!readlinkSync(path).startsWith('/memfd:')) continue
        const { ino, blocks } = statSync(path)
        sizes.set(ino, blocks * 512)
      } catch {
        // it was closed meanwhile
      }
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

const megabyte = 1024 * 1024
/** [Linux statfs(2)] */
const tmpfsMagic = 0x01_02_19_94

/** Bytes in file systems in memory that an environment with mounts of its own has; 0 before they are there. */
export function scratchBytes(pid: number, scratchMb: number): number {
  const small = sharedPlaces.map((place) => [place, smallMountMb] as const)
  const mounts = [['/tmp', scratchMb] as const, ...small]
  const used = mounts.map(([place, sizeMb]) => usedBytes(`/proc/${pid}/root${place}`, sizeMb))
  return used.reduce((sum, bytes) => sum + bytes, 0)
}

function usedBytes(path: string, sizeMb: number): number {
  try {
    const { type, bsize, blocks, bfree } = statfsSync(path)
    // before it is mounted, the host's is seen there
    return type === tmpfsMagic && blocks * bsize === sizeMb * megabyte ? (blocks - bfree) * bsize : 0
  } catch {
    return 0
  }
}

/** Whether what is written to the folder stays in memory. */
export function isInMemory(folder: string): boolean {
  try {
    return statfsSync(folder).type === tmpfsMagic
  } catch {
    return false
  }
}
