/** What systemd hears of a service of `Type=notify`, by a socket of its kind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runMuster } from '../helpers/muster.ts'
import { lacks } from '../helpers/programs.ts'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const hear = `
import socket, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
print("listening", flush=True)
while True: print(heard.recv(4096).decode(), flush=True)
`

it.skipIf(lacks('python3', 'systemd-notify'))(
  'systemd hears that the server is ready when it is, who it is, and that it stops',
  async () => {
    const address = join(directory, 'notify')
    const listener = spawn('python3', ['-c', hear, address], { stdio: ['ignore', 'pipe', 'inherit'] })
    let heard = ''
    listener.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    try {
      await expect.poll(() => heard).toContain('listening')
      const dataDir = join(directory, 'data')
      const server = await startServerProcess({ 'data-dir': dataDir }, { NOTIFY_SOCKET: address })
      await expect.poll(() => heard).toContain('READY=1')
      expect(heard).toContain(`MAINPID=${server.process.pid}`)
      expect(existsSync(join(dataDir, 'endpoints.json'))).toBe(true)
      const ready = await runMuster(['ready', '--data-dir', dataDir], { directory })
      expect(ready).toMatchObject({ code: 0, stdout: expect.stringContaining('"isReady":true') as string })
      expect(heard).not.toContain('STOPPING=1')
      await server[Symbol.asyncDispose]()
      await expect.poll(() => heard).toContain('STOPPING=1')
    } finally {
      const exited = once(listener, 'exit')
      listener.kill('SIGKILL')
      await exited
    }
  },
)

it('a server whose service manager does not listen says so, and works', async () => {
  const environment = { NOTIFY_SOCKET: join(directory, 'nobody') }
  await using server = await startServerProcess({ 'data-dir': join(directory, 'data') }, environment)
  await expect.poll(() => server.output()).toMatch(/systemd-notify could not say READY=1/)
  expect((await fetch(`${server.endpoints.apiUrl}/readyz`)).status).toBe(200)
})

it('muster ready says that nobody serves, and exits 1', async () => {
  const none = await runMuster(['ready', '--data-dir', directory], { directory })
  expect(none).toMatchObject({ code: 1, stdout: '' })
  expect(none.stderr).toContain('no server has been started on the data directory')
})
