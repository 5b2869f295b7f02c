/** A NATS of its own for tests: on a free port of loopback, gone afterwards. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { isOnPath } from './programs.ts'

export interface TestNats extends AsyncDisposable {
  url: string
  pid: number
}

export const hasNats = (): boolean => isOnPath('nats-server')

const program = 'nats-server'

export async function startNats(address = '127.0.0.1'): Promise<TestNats> {
  const server = spawn(program, ['-a', address, '-p', '-1'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(server, 'exit')
  let said = ''
  let port: string | undefined
  server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  while (port === undefined || !said.includes('Server is ready')) {
    await Promise.race([once(server.stderr, 'data'), exited])
    if (server.exitCode !== null) throw new Error(`${program} ended with ${server.exitCode}: ${said}`)
    port = /client connections on [\d.]+:(\d+)/.exec(said)?.[1]
  }
  return {
    url: `nats://${address}:${port}`,
    pid: server.pid ?? 0,
    async [Symbol.asyncDispose]() {
      server.kill()
      await exited
    },
  }
}
