/** Backups of a running server, and what they are worth on another machine. */
import { execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { CreateThingCommand, DescribeThingCommand } from '@aws-sdk/client-iot'
import { DeleteFunctionCommand, InvokeCommand, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import type { TestCertificate } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { createFunction, createRole, zip } from '../helpers/jitr.ts'
import { runMuster } from '../helpers/muster.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'

let directory: string
let server: ServerProcess
let device: TestCertificate
let plain: string
let sealed: string
const at = (name: string) => join(directory, name)
const muster = (...args: string[]) => runMuster(args, { directory })

const answering = (answer: number) => ({ 'index.mjs': `export const handler = async () => ${answer}` })
const common = { roleArn: '' }

async function connectLamp(to: ServerProcess): Promise<void> {
  const client = await connectDevice(to, { ...device, clientId: 'lamp-1' })
  await client.endAsync(true)
}

beforeAll(async () => {
  directory = freshDirectory()
  server = await startServerProcess({ 'data-dir': at('data') })
  const templateBody = provisioningTemplate()
  const registrationConfig = { roleArn: await createProvisioningRole(server), templateBody }
  const ca = await registerCa(server, { registrationConfig })
  device = ca.issue({
    subject: [
      ['C', 'NL'],
      ['CN', 'lamp-1'],
    ],
  })
  await connectLamp(server)
  common.roleArn = await createRole(server)
  await createFunction(server, { ...common, FunctionName: 'answer', files: answering(1) })
  plain = at('plain.backup')
  sealed = at('sealed.backup')
  writeFileSync(at('passphrase'), 'correct horse battery staple\n', { mode: 0o600 })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

/** Writes until it is stopped; resolves with the names of things that were acknowledged. */
function writeOn(): { stop: () => Promise<void>; acknowledged: string[] } {
  const acknowledged: string[] = []
  let isStopped = false
  const lane = async (name: string) => {
    for (let count = 0; !isStopped; count++) {
      const thingName = `${name}-${count}`
      await server.iot.send(new CreateThingCommand({ thingName }))
      acknowledged.push(thingName)
    }
  }
  const codeLane = async () => {
    for (let count = 0; !isStopped; count++) {
      await createFunction(server, { ...common, FunctionName: 'fleeting', files: answering(0) })
      await server.lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName: 'answer', ZipFile: zip(answering(count)) }),
      )
      await server.lambda.send(new DeleteFunctionCommand({ FunctionName: 'fleeting' }))
    }
  }
  const lanes = Promise.all([...['a', 'b', 'c', 'd'].map(lane), codeLane()])
  return {
    acknowledged,
    async stop() {
      isStopped = true
      await lanes
    },
  }
}

describe('a backup under load', () => {
  it('brings back on another machine what was acknowledged: the device connects, functions run, explain tells', async () => {
    const writing = writeOn()
    await expect.poll(() => writing.acknowledged.length).toBeGreaterThan(20)
    const before = [...writing.acknowledged]
    const story = (await server.report('lamp-1')).entries.map(({ code }) => code) // who asks sees all that happened, and so it is written
    const outcome = await muster('backup', plain, '--data-dir', at('data'))
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    const arguments_ = ['--data-dir', at('data'), '--passphrase-file', at('passphrase')]
    expect(await muster('backup', sealed, ...arguments_)).toMatchObject({ code: 0 })
    await writing.stop()
    expect(statSync(plain).mode & 0o777).toBe(0o600)
    expect(readdirSync(at('data')).filter((name) => name.endsWith('.draft'))).toEqual([])
    expect(await muster('verify', plain)).toMatchObject({ code: 0 })

    const restored = await muster('restore', plain, '--data-dir', at('elsewhere'))
    expect(restored).toMatchObject({ code: 0, stderr: '' })
    await using other = await startServerProcess({ 'data-dir': at('elsewhere') })
    expect(other.rootKey.secretAccessKey).toBe(server.rootKey.secretAccessKey)
    for (const thingName of before) await other.iot.send(new DescribeThingCommand({ thingName }))
    const { Payload } = await other.lambda.send(new InvokeCommand({ FunctionName: 'answer' }))
    expect(Number(Buffer.from(Payload!).toString())).toBeGreaterThanOrEqual(0)
    expect((await other.report('lamp-1')).entries.map(({ code }) => code)).toEqual(story)
    await connectDevice({ ...other, rootCa: server.rootCa }, { ...device, clientId: 'lamp-1' }).then(
      (client) => client.endAsync(true),
    )
  })

  it('opens with any tar that knows zstd, and with nothing when it is sealed', () => {
    const listed = execFileSync('tar', ['-tf', '-'], {
      input: zstdDecompressSync(readFileSync(plain)),
    }).toString()
    expect(listed.split('\n')).toEqual(
      expect.arrayContaining(['./manifest.json', './muster.db', './secrets.key']),
    )
    expect(listed).not.toMatch(/endpoints\.json|muster\.lock|-wal|-shm/)
    expect(readFileSync(sealed).includes('SQLite format 3')).toBe(false)
  })

  it('is made of a stopped server too, by what it left, its write-ahead log included', async () => {
    const own = await startServerProcess({ 'data-dir': at('killed') })
    await own.iot.send(new CreateThingCommand({ thingName: 'last-words' }))
    await own.kill()
    expect(existsSync(at('killed/muster.db-wal'))).toBe(true)
    expect(await muster('backup', at('killed.backup'), '--data-dir', at('killed'))).toMatchObject({ code: 0 })
    const target = ['--data-dir', at('killed-elsewhere')]
    expect(await muster('restore', at('killed.backup'), ...target)).toMatchObject({ code: 0 })
    await using again = await startServerProcess({ 'data-dir': at('killed-elsewhere') })
    await again.iot.send(new DescribeThingCommand({ thingName: 'last-words' }))
  })
})

describe('the commands refuse', () => {
  it.each<[string, () => string[], RegExp, number]>([
    ['a backup over a file', () => ['backup', plain, '--data-dir', at('data')], /is there already/, 1],
    [
      'a backup into the data directory',
      () => ['backup', at('data/b'), '--data-dir', at('data')],
      /in the data directory itself/,
      1,
    ],
    [
      'a backup where there is no directory',
      () => ['backup', at('no/b'), '--data-dir', at('data')],
      /there is no directory/,
      1,
    ],
    ['a backup of nothing', () => ['backup', at('b'), '--data-dir', at('none')], /is no data directory/, 1],
    [
      'to restore over a running server',
      () => ['restore', plain, '--data-dir', at('data')],
      /another Muster server is using/,
      1,
    ],
    [
      'to restore into a directory with files',
      () => ['restore', plain, '--data-dir', directory],
      /is not empty/,
      1,
    ],
    [
      'to restore where a file is',
      () => ['restore', plain, '--data-dir', at('passphrase')],
      /^muster: the data directory .* cannot be made: [^\n]*; choose another --data-dir\n$/,
      1,
    ],
    ['to restore into they do not know what', () => ['restore', plain], /restore needs --data-dir/, 2],
    [
      'a passphrase of few letters',
      () => ['verify', sealed, '--passphrase-file', resolve('LICENSE')],
      /passphrase is not/,
      1,
    ],
    [
      'an option of another command',
      () => ['env', '--passphrase-file', at('passphrase')],
      /env has no option --passphrase-file/,
      2,
    ],
    ['a backup without a name', () => ['backup'], /expected muster backup <file>, got nothing/, 2],
  ])('%s', async (_, args, reason, expected) => {
    const { code, stderr, stdout } = await muster(...args())
    expect(stderr).toMatch(reason)
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
  })
})

/** Runs the command and kills it after some milliseconds; resolves with whether it was killed. */
async function killed(args: string[], afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [musterProgram, ...args], {
    stdio: 'ignore',
    cwd: directory,
  })
  const exited = once(child, 'exit')
  await Promise.race([pause(afterMs), exited])
  child.kill('SIGKILL')
  const [, signal] = (await exited) as [number | null, string | null]
  return signal === 'SIGKILL'
}

/** How long the command takes when nobody stops it, so that kills fall into all of its steps. */
async function durationOf(run: () => Promise<{ code: number }>): Promise<number> {
  const begun = performance.now()
  expect((await run()).code).toBe(0)
  return performance.now() - begun
}

const kills = 6

/** What a server makes of the directory. */
async function worthOf(dataDir: string): Promise<string> {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return 'nothing'
  try {
    await using whole = await startServerProcess({ 'data-dir': dataDir })
    await connectLamp({ ...whole, rootCa: server.rootCa })
    return 'all'
  } catch (error) {
    return String(error).replace(/^.*muster: /s, '')
  }
}

describe('killed at any moment', () => {
  it('a backup leaves nothing that looks like one, and the next one clears up', async () => {
    const args = (name: string) => ['backup', at(name), '--data-dir', at('data')]
    const takes = await durationOf(() => muster(...args('timed.backup')))
    for (let kill = 0; kill < kills; kill++) {
      const name = `killed-${kill}.backup`
      const wasKilled = await killed(args(name), randomInt(Math.ceil(takes)))
      const said = existsSync(at(name)) ? await muster('verify', at(name)) : undefined
      expect(said?.code ?? (wasKilled ? 0 : 'it ended well, and left nothing')).toBe(0)
    }
    expect(await muster(...args('after.backup'))).toMatchObject({ code: 0 })
    expect(readdirSync(at('data')).filter((name) => name.endsWith('.draft'))).toEqual([])
  })

  it('a restore leaves nothing that a server starts on, except all of it', async () => {
    const takes = await durationOf(() => muster('restore', plain, '--data-dir', at('timed')))
    for (let kill = 0; kill < kills; kill++) {
      const target = at(`restore-${kill}`)
      await killed(['restore', plain, '--data-dir', target], randomInt(Math.ceil(takes)))
      expect(await worthOf(target)).toMatch(/^(?:nothing|all|a restore into .* was cut off)/)
    }
  })

  it('half of what a restore brings is refused by a server, the database being last', async () => {
    cpSync(at('timed'), at('half'), { recursive: true })
    mkdirSync(at('half/restore.draft'))
    const again = await muster('restore', plain, '--data-dir', at('half'))
    expect(again).toMatchObject({ code: 1 })
    expect(again.stderr).toMatch(/was cut off: if none is, remove the directory/)
  })
})
