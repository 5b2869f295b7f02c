/** A PostgreSQL of its own for tests: in a temporary directory, on a free port of loopback, gone afterwards. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, globSync, mkdtempSync, rmSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { isOnPath } from '../programs.ts'
import { patienceMs } from '../patience.ts'

export interface TestPostgres extends AsyncDisposable {
  /** Of the database `postgres`, for whoever makes others. */
  url: string
  port: number
  directory: string
  /** Of all its processes, as they are now. */
  pids: () => number[]
  /** As `kill -9` of all its processes; `start` brings it back with what was durable. */
  kill: () => Promise<void>
  start: () => Promise<void>
}

/** Debian keeps the newest in a directory of its version. Undefined when there is none. */
export function findPostgres(): string | undefined {
  const [newest] = globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed()
  if (newest !== undefined) return newest
  return isOnPath('initdb') ? '' : undefined
}

/** `settings`: lines of postgresql.conf. `parent`: of its directory. */
export async function startPostgres(
  settings: Record<string, string> = {},
  parent = tmpdir(),
): Promise<TestPostgres> {
  const bin = findPostgres()
  if (bin === undefined) throw new Error('PostgreSQL is not on this machine (Debian: postgresql)')
  const directory = mkdtempSync(join(parent, 'muster-postgres-'))
  const identity = unprivileged()
  if (identity) chownSync(directory, identity.uid, identity.gid)
  const data = join(directory, 'data')
  const options = ['-D', data, '-U', 'muster', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), options, { ...identity, stdio: 'pipe', cwd: directory })
  const port = await freePort()
  const url = `postgres://muster@127.0.0.1:${port}/postgres`
  const given = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    ...settings,
  }
  const args = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  let running: ReturnType<typeof spawn>
  const start = async () => {
    running = spawn(join(bin, 'postgres'), ['-D', data, ...args], {
      ...identity,
      stdio: 'ignore',
      cwd: directory,
    })
    await untilReady(url)
  }
  const stop = async (signal: NodeJS.Signals) => {
    if (running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    running.kill(signal)
    await exited
  }
  await start()
  return {
    url,
    port,
    directory,
    pids: () => [running.pid ?? 0, ...childrenOf(running.pid)],
    start,
    async kill() {
      const pids = childrenOf(running.pid) // each is a session of its own
      await stop('SIGKILL')
      for (const pid of pids) killIfThere(pid)
    },
    async [Symbol.asyncDispose]() {
      await stop('SIGINT')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function childrenOf(pid: number | undefined): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return list.split(' ').filter(Boolean).map(Number)
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined
  const ids = (option: string) => Number(execFileSync('id', [option, 'postgres']).toString())
  return { uid: ids('-u'), gid: ids('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilReady(url: string): Promise<void> {
  const end = Date.now() + patienceMs
  for (;;) {
    const client = new Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await setTimeout(50)
    }
  }
}
