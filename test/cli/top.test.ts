/** `muster top`, as a script and a person at a terminal run it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { CreateThingCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import { runMuster } from '../helpers/muster.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const top = (...args: string[]) =>
  runMuster(['top', '--data-dir', server.dataDir, ...args], { directory: server.dataDir })

it('prints one frame for a script', async () => {
  await server.iot.send(new CreateThingCommand({ thingName: 'lamp-1' }))
  const { code, stdout, stderr } = await top('--once')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(
    /^muster \d\S*  http:\/\/127\.0\.0\.1:\d+  up .* UTC\nconnections 0  MQTT clients 0 /,
  )
  expect(stdout).toMatch(/^API calls +[\d.]+ +[1-9]\d*$/m)
  expect(stdout).not.toContain('\x1b')
})

it('draws on terminals alone', async () => {
  expect(await top()).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('--once prints one frame'),
  })
})

it('says that no server answers', async () => {
  const environment = {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  }
  const outcome = await runMuster(['top', '--once'], { directory: server.dataDir, environment })
  expect(outcome).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('no server answers at'),
  })
})

const hasScript = spawnSync('script', ['--version']).status === 0

it.skipIf(!hasScript).each(['q', '\x03'])(
  'draws on a terminal until a key ends it, and leaves it as it was',
  async (key) => {
    const command = `stty cols 40 rows 12; ${process.execPath} ${musterProgram} top --data-dir ${server.dataDir}`
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1', TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await expect.poll(() => output.split('\x1b[H').length).toBeGreaterThan(2)
    child.stdin.write(key)
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(0)
    expect(output).toContain('\x1b[?1049h')
    expect(output.trimEnd().endsWith('\x1b[?1049l')).toBe(true)
    expect(output).not.toContain('\x1b[1m')
    const frame = output.split('\x1b[H')[1]!.split('\x1b[J')[0]!
    const lines = frame.split(/\r+\n/).map((line) => line.replaceAll('\x1b[K', ''))
    expect(Math.max(...lines.map((line) => line.length))).toBe(40)
    expect(lines).toHaveLength(12)
  },
)
