/**
 * One control group for the processes of all functions: whatever runs on the host, and however many functions do, they
 * have a share of the processors, and the server its own.
 * Sources: Linux, Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst; systemd.resource-control(5), DelegateSubgroup.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface FunctionGroup extends Disposable {
  directory: string
  /** Takes in a process, and with it what it will start. */
  add: (pid: number) => void
}

interface Place {
  /** Of the group that is to hold ours. */
  parent: string
  file: 'cpu.shares' | 'cpu.weight'
  share: string
}

const prefix = 'muster-functions-'
/** In version 1 a group competes with each single thread beside it: this is as much as one has. */
const shares = '1024'
/** In version 2 with the group of the server, which has 100. */
const weight = '50'

/** Undefined where the system gives this process none: functions are only made to yield then. */
export function openFunctionGroup(): FunctionGroup | undefined {
  try {
    const place = findPlace(
      readFileSync('/proc/self/cgroup', 'utf8'),
      readFileSync('/proc/self/mounts', 'utf8'),
    )
    return place && createGroup(place)
  } catch {
    return undefined // not allowed, or no Linux
  }
}

function createGroup({ parent, file, share }: Place): FunctionGroup {
  for (const name of readdirSync(parent)) if (name.startsWith(prefix)) removeGroup(join(parent, name))
  if (file === 'cpu.weight') writeFileSync(join(parent, 'cgroup.subtree_control'), '+cpu')
  const directory = join(parent, `${prefix}${process.pid}-${Math.round(performance.now())}`)
  const make = () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, file), share)
  }
  make()
  return {
    directory,
    add: (pid) => {
      try {
        if (!existsSync(directory)) make() // while it was empty, the start of another server cleared it away
        writeFileSync(join(directory, 'cgroup.procs'), String(pid))
      } catch {
        // it has ended
      }
    },
    [Symbol.dispose]: () => removeGroup(directory),
  }
}

/** One that still has processes stays, also another server's. */
function removeGroup(directory: string): void {
  try {
    rmdirSync(directory)
  } catch {
    // busy: the next start clears it away
  }
}

/**
 * `groups` and `mounts` as in /proc/self. In version 2 only a group beside that of the server serves, in one that was
 * given to it: processes may not stand where groups do, and a unit of systemd is not ours to divide.
 */
export function findPlace(groups: string, mounts: string): Place | undefined {
  const mountOf = (type: string, option: string) =>
    mounts
      .split('\n')
      .map((line) => line.split(' '))
      .find(
        ([, , kind, options = '']) => kind === type && (option === '' || options.split(',').includes(option)),
      )?.[1]
  const pathOf = (isWanted: (controllers: string) => boolean) =>
    groups
      .split('\n')
      .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
      .find((match) => match && isWanted(match[1] ?? ''))?.[2]
  const old = mountOf('cgroup', 'cpu')
  const oldPath = pathOf((controllers) => controllers.split(',').includes('cpu'))
  if (old !== undefined && oldPath !== undefined && existsSync(join(old, oldPath)))
    return { parent: join(old, oldPath), file: 'cpu.shares', share: shares }
  const unified = mountOf('cgroup2', '')
  const path = pathOf((controllers) => controllers === '')
  if (unified === undefined || path === undefined || path === '/') return undefined
  if (/\.(service|scope|slice)$/.test(path)) return undefined
  return { parent: dirname(join(unified, path)), file: 'cpu.weight', share: weight }
}
