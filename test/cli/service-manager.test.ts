/** What systemd hears of a service of `Type=notify`, by a socket of its kind. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runMuster } from '../helpers/muster.ts'
import { lacksNotify, openNotifySocket } from '../helpers/notify-socket.ts'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

it.skipIf(lacksNotify())(
  'systemd hears that the server is ready when it is, who it is, and that it stops',
  async () => {
    const address = join(directory, 'notify')
    await using systemd = await openNotifySocket(address)
    const dataDir = join(directory, 'data')
    const server = await startServerProcess({ 'data-dir': dataDir }, { NOTIFY_SOCKET: address })
    await expect.poll(systemd.heard).toContain('READY=1')
    expect(systemd.heard()).toContain(`MAINPID=${server.process.pid}`)
    expect(existsSync(join(dataDir, 'endpoints.json'))).toBe(true)
    const ready = await runMuster(['ready', '--data-dir', dataDir], { directory })
    expect(ready).toMatchObject({ code: 0, stdout: expect.stringContaining('"isReady":true') as string })
    expect(systemd.heard()).not.toContain('STOPPING=1')
    await server[Symbol.asyncDispose]()
    await expect.poll(systemd.heard).toContain('STOPPING=1')
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
