/**
 * How a function's processes are kept from the server and from each other. The strongest way that the machine allows is
 * found once:
 * - `namespaces` (root): own mounts, process tree, and shared memory, own user without capabilities, a private /tmp of
 *   limited size;
 * - `user-namespace` (not root, where the kernel lets users make one): the same, as the server's user, the data
 *   directory hidden;
 * - `user` (root): an own user, who cannot read the data directory;
 * - `none`: limits alone. The function can read what the server can.
 * Network, processor time, and names of host processes (`user`, `none`) are not kept apart in any.
 */
import { spawn, type StdioOptions } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRequire } from 'node:module'
import { forbidNamespaces, withoutNamespaces } from './no-namespaces.ts'

export type Isolation = 'namespaces' | 'user-namespace' | 'user' | 'none'

/** A folder that a function needs, and the path by which it sees it. */
interface Sight {
  path: string
  place: string
}

/** What of the server's own files functions see. */
export interface Support {
  isolation: Isolation
  /** The program that runs Node.js functions. */
  node: string
  /** The folder of the bootstraps. */
  runtimes: string
  sights: Sight[]
  /** Folders and files that are covered for functions. */
  hidden: string[]
  /** What goes before a command so that it does not outlive the server; empty where there is no such program. */
  guard: readonly string[]
  /** With root: functions start in a namespace in which there can be no other; where that fails, they mostly cannot make any. */
  isClosed: boolean
}

export interface SandboxRequest {
  command: readonly string[]
  /** Unpacked code. */
  taskDirectory: string
  /** An empty folder of this environment alone. */
  scratchDirectory: string
  scratchMb: number
  memoryMb: number
  /** The user and group to run as; ignored without root. */
  userId: number
}

interface SandboxedCommand {
  file: string
  args: string[]
  uid?: number
  gid?: number
  /** Where the function finds its temporary directory. */
  temporaryDirectory: string
}

/** Where the function's variables are read from. */
export const variablesDescriptor = 4
const maxProcesses = 256
const maxOpenFiles = 1024
/** Of each file system in memory that an environment has besides /tmp. */
export const smallMountMb = 16
/** Where everybody may write, besides /tmp: what a function left there would stay, and be there for the next. */
export const sharedPlaces = ['/var/tmp', '/dev/shm', '/run/lock'] as const
/** What a runtime reserves without using it. */
const reservedMb = 2048
/**
 * Devices are served before functions, yet on a host where others keep every processor busy a function must start: at
 * 40 busy processes on two processors, 5 leaves it 1.6 % of one, 10 would leave 0.5 %.
 */
export const niceness = 5

/**
 * Arguments: folder for /tmp, its mount options, `no` where the user could write what is the server's, folders and files to hide,
 * `--`, pairs of path and place, `--`, command. What is not there needs no hiding, and may be in what is hidden already.
 * Shared memory and queues that no process has open would count nowhere: they are kept small.
 * The command is not the first process of its tree, which signals would not reach; that one stays and buries orphans.
 */
const mountScript = `set -e
scratch=$1; options=$2; writable=$3; shift 3
for limit in shmall=${smallMountMb * 256} msgmni=16; do
  echo "\${limit#*=}" 2>/dev/null > "/proc/sys/kernel/\${limit%%=*}" || true
done
if [ "$writable" = no ]; then
  while read -r _ place _ flags _; do
    kept=ro
    for flag in nosuid nodev noexec noatime nodiratime relatime; do
      case ",$flags," in *",$flag,"*) kept=$kept,$flag;; esac
    done
    mount -o "remount,bind,$kept" "$place" 2>/dev/null || true
  done < /proc/self/mounts
fi
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mount -t tmpfs -o size=4k,mode=0555 none "$1"
  elif [ -e "$1" ]; then mount --bind /dev/null "$1"; fi
  shift
done; shift
mount -t tmpfs -o "$options" none "$scratch"
while [ "$1" != -- ]; do
  case $2 in
    /tmp/*) mkdir -p "$scratch\${2#/tmp}"; mount --rbind "$1" "$scratch\${2#/tmp}";;
  esac
  shift 2
done; shift
mount --rbind "$scratch" /tmp
for place in ${sharedPlaces.join(' ')}; do
  case " $KEPT " in *" $place/"*) ;; *) if [ -d $place ]; then mount -t tmpfs -o size=${smallMountMb}m,mode=1777 none $place; fi;; esac
done
if [ -d /dev/mqueue ]; then mount -t mqueue none /dev/mqueue 2>/dev/null || true; fi
unset KEPT
mount -t proc proc /proc
if [ "$writable" = no ]; then ${forbidNamespaces} 2>/dev/null || true; fi
status=0; "$@" || status=$?
exit $status`

/**
 * Arguments: file size in blocks, data in KB, processes, working directory, command. Only here, without any privilege left, the function's
 * own variables come into force: PATH or LD_PRELOAD among them would else run the function's code as the server.
 */
const limitScript = `ulimit -c 0; ulimit -n ${maxOpenFiles}; ulimit -f "$1" 2>/dev/null; ulimit -d "$2" 2>/dev/null
if [ "$3" != 0 ]; then ulimit -u "$3" 2>/dev/null || ulimit -p "$3" 2>/dev/null; fi
cd "$4"; shift 4; unset OLDPWD; eval "$(cat <&${variablesDescriptor})"; exec ${variablesDescriptor}<&-; exec nice -n ${niceness} "$@"`

/** What programs before the function's own see. */
export const plainVariables = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin' }

/** What is written to `variablesDescriptor`: variables as assignments of the shell. */
export function toAssignments(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables)
    .filter(([name]) => /^[A-Za-z_]\w*$/.test(name))
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
  return lines.join('')
}

export function sandboxCommand(support: Support, request: SandboxRequest): SandboxedCommand {
  const { isolation } = support
  const limits = limitCommand(isolation, request)
  const limited = support.isClosed ? withoutNamespaces(limits) : limits
  if (isolation === 'none' || isolation === 'user') {
    const [file = '', ...args] = [...support.guard, ...limited]
    const ids = isolation === 'user' ? { uid: request.userId, gid: request.userId } : {}
    return { file, args, ...ids, temporaryDirectory: request.scratchDirectory }
  }
  const [file = '', ...args] = [...support.guard, ...namespaceCommand(support, request, limited)]
  return { file, args, temporaryDirectory: '/tmp' }
}

function namespaceCommand(
  { isolation, sights: given, hidden }: Support,
  { taskDirectory, scratchDirectory, scratchMb, userId }: SandboxRequest,
  command: readonly string[],
): string[] {
  const isRoot = isolation === 'namespaces'
  const owner = isRoot ? `uid=${userId},gid=${userId},` : ''
  const temporary = `${owner}mode=0700,size=${scratchMb}m,nr_inodes=100k`
  const sights = [...given, { path: taskDirectory, place: taskDirectory }]
  const places = sights.map(({ place }) => place).join(' ')
  const start = ['env', `KEPT=${places}`, 'unshare']
  const namespaces = [
    '--mount',
    '--pid',
    '--ipc',
    '--fork',
    '--kill-child',
    '--',
    'sh',
    '-c',
    mountScript,
    'sh',
  ]
  const drop = ['setpriv', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all']
  const user = isRoot ? [`--reuid=${userId}`, `--regid=${userId}`, '--clear-groups'] : []
  return start.concat(
    isRoot ? [] : ['--user', '--map-root-user'],
    namespaces,
    [scratchDirectory, temporary, isRoot ? 'yes' : 'no', ...hidden, '--'],
    sights.flatMap(({ path, place }) => [path, place]),
    ['--', ...drop, ...user, '--', ...command],
  )
}

function limitCommand(
  isolation: Isolation,
  { command, scratchMb, memoryMb, taskDirectory }: SandboxRequest,
): string[] {
  const blocks = String(scratchMb * 2048)
  const dataKb = String((memoryMb + reservedMb) * 1024)
  // Of a user that other processes run as as well, processes cannot be counted.
  const processes = isolation === 'none' ? '0' : String(maxProcesses)
  return ['sh', '-c', limitScript, 'sh', blocks, dataKb, processes, taskDirectory, ...command]
}

interface SupportOptions {
  /** Folders and files that functions must not see. */
  hidden: readonly string[]
  scratchDirectory: string
  userId: number
  /** Taken whether or not it works; the strongest that works when absent. */
  isolation?: Isolation | undefined
}

/** Tries the ways one after the other and takes the first in which a function could start. */
export async function findSupport(options: SupportOptions): Promise<Support> {
  const isRoot = process.getuid?.() === 0
  const found: Isolation[] = isRoot ? ['namespaces', 'user', 'none'] : ['user-namespace', 'none']
  const candidates = options.isolation ? [options.isolation] : found
  for (const isolation of process.platform === 'linux' ? candidates : []) {
    for (const guard of [deathGuard, []]) {
      const support = { ...describeSupport(isolation, options.hidden), guard }
      if (await canStart(support, options)) return await closeIfPossible(support, options)
    }
  }
  return describeSupport(options.isolation ?? 'none', options.hidden)
}

/** Without root it is the namespace that they run in anyway which is closed. */
async function closeIfPossible(support: Support, options: SupportOptions): Promise<Support> {
  const closed = { ...support, isClosed: support.isolation === 'namespaces' || support.isolation === 'user' }
  return closed.isClosed && (await canStart(closed, options)) ? closed : support
}

/** Has the kernel kill the process when the one that started it dies. */
const deathGuard = ['setpriv', '--pdeathsig', 'KILL', '--']

async function canStart(support: Support, { scratchDirectory, userId }: SupportOptions): Promise<boolean> {
  const command = ['sh', '-c', 'test -x "$1" && test -r "$2"', 'sh', support.node, support.runtimes]
  const { file, args, uid, gid } = sandboxCommand(support, {
    command,
    taskDirectory: support.runtimes,
    scratchDirectory,
    scratchMb: 16,
    memoryMb: 128,
    userId,
  })
  const ids = uid === undefined || gid === undefined ? {} : { uid, gid }
  return await new Promise((resolve) => {
    const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', 'ignore', 'pipe']
    const child = spawn(file, args, { stdio, cwd: '/', env: plainVariables, ...ids })
    child.stdio[variablesDescriptor]?.destroy()
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}

/** The folder that holds the server's packages, and so the SDKs: all are where this one is. */
const packages = join(createRequire(import.meta.url).resolve('@aws-sdk/client-iot/package.json'), '../../..')
const runtimes = join(dirname(dirname(fileURLToPath(import.meta.url))), 'runtimes')
const foreignPlace = '/tmp/.muster'

function describeSupport(isolation: Isolation, hidden: readonly string[]): Support {
  const node = process.execPath
  const plain = { isolation, node, runtimes, sights: [], hidden: [], guard: [], isClosed: false }
  if (isolation === 'none' || isolation === 'user') return plain
  const top = dirname(packages)
  const isOpen = isolation === 'user-namespace' || [node, runtimes, packages].every(isOpenToAll)
  const placeOf = (path: string) =>
    isOpen || relative(top, path).startsWith('..') ? path : join(foreignPlace, 'server', relative(top, path))
  const program = isOpen ? node : join(foreignPlace, 'program', node.slice(dirname(node).length + 1))
  return {
    isolation,
    node: program,
    runtimes: placeOf(runtimes),
    sights: [
      { path: dirname(node), place: dirname(program) },
      { path: packages, place: placeOf(packages) },
      { path: runtimes, place: placeOf(runtimes) },
    ],
    hidden: [...hidden],
    guard: [],
    isClosed: false,
  }
}

/** Whether a stranger may enter every folder on the way to the path. */
function isOpenToAll(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
