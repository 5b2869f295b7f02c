/** Copies of a server's write-ahead log: what they bring back, and what the commands refuse. */
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CreateThingCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import { runMuster } from '../helpers/muster.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'
import { copiedUntil, createThings, deleteThings, listThings, stormNames } from './storm.ts'

let directory: string
const at = (name: string) => join(directory, name)
const muster = (...args: string[]) => runMuster(args, { directory })
beforeAll(() => {
  directory = freshDirectory()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const serve = () => startServerProcess({ 'data-dir': at('data'), 'wal-copies': at('copies') })
/** Resolves when all that was acknowledged before the call can be restored. */
async function areCopied(server: ServerProcess): Promise<Date> {
  const since = Date.now()
  await expect.poll(() => copiedUntil(server)).toBeGreaterThan(since)
  return new Date()
}

const names = stormNames(300)
/** All of them were there, and none was deleted. */
let before: Date

it('bring all things back that were deleted by mistake, and the server goes on from there', async () => {
  {
    await using server = await serve()
    await createThings(server, names)
    before = await areCopied(server)
    await areCopied(server)
    await deleteThings(server, names)
    expect(await listThings(server)).toEqual([])
    await areCopied(server)
    await server.kill()
  }
  const restored = await muster(
    'restore',
    at('copies'),
    '--at',
    before.toISOString(),
    '--data-dir',
    at('then'),
  )
  expect(restored).toMatchObject({ code: 0, stderr: '' })
  expect(restored.stdout).toMatch(/^\S+then: as Muster \S+ had it; the last change in it was copied at 20/)
  expect(await muster('restore', at('copies'), '--data-dir', at('last'))).toMatchObject({ code: 0 })
  await using then = await startServerProcess({ 'data-dir': at('then') })
  expect(await listThings(then)).toEqual(names)
  await using last = await startServerProcess({ 'data-dir': at('last') })
  expect(await listThings(last)).toEqual([])
})

const kills = 3

it('have what they said they had, whenever the server is killed', async () => {
  const acknowledged: { thingName: string; at: number }[] = []
  for (let kill = 0; kill < kills; kill++) {
    const server = await serve()
    let isKilled = false
    const lane = async (name: string) => {
      for (let count = 0; !isKilled; count++) {
        const thingName = `${name}-${kill}-${count}`
        await server.iot.send(new CreateThingCommand({ thingName })).then(
          () => acknowledged.push({ thingName, at: Date.now() }),
          (error: unknown) => {
            if (!isKilled) throw error
          },
        )
      }
    }
    const writing = Promise.all(['a', 'b', 'c'].map(lane))
    await areCopied(server)
    await pause(randomInt(300)) // anywhere between two copies
    const until = await copiedUntil(server)
    isKilled = true
    await server.kill()
    await writing
    expect(await muster('verify', at('copies'))).toMatchObject({ code: 0, stderr: '' })
    const target = at(`killed-${kill}`)
    expect(await muster('restore', at('copies'), '--data-dir', target)).toMatchObject({ code: 0 })
    await using again = await startServerProcess({ 'data-dir': target })
    const there = new Set(await listThings(again))
    const said = acknowledged.filter((one) => one.at < until)
    expect(said.filter(({ thingName }) => !there.has(thingName))).toEqual([])
  }
  expect(acknowledged.length).toBeGreaterThan(10 * kills)
})

it('are restored wholly or not at all when the command is killed', async () => {
  const begun = performance.now()
  expect((await muster('restore', at('copies'), '--data-dir', at('timed'))).code).toBe(0)
  const takes = performance.now() - begun
  for (let kill = 0; kill < kills; kill++) {
    const target = at(`cut-${kill}`)
    const args = ['restore', at('copies'), '--data-dir', target]
    const child = spawn(process.execPath, [musterProgram, ...args], {
      stdio: 'ignore',
      cwd: directory,
    })
    const exited = once(child, 'exit')
    await Promise.race([pause(randomInt(Math.ceil(takes))), exited])
    child.kill('SIGKILL')
    await exited
    const outcome = await muster('restore', at('copies'), '--data-dir', target)
    expect(`${outcome.code} ${outcome.stderr}`).toMatch(/^(?:0 |1 .*(?:was cut off|is not empty))/)
  }
})

describe('the commands refuse', () => {
  it.each<[string, () => string[], RegExp, number]>([
    [
      'a time before the first copy',
      () => ['restore', at('copies'), '--at', '2020-01-01T00:00:00Z', '--data-dir', at('no')],
      /go back to 20\S+Z, and no further/,
      1,
    ],
    [
      'a time that may mean several',
      () => ['restore', at('copies'), '--at', '12:00', '--data-dir', at('no')],
      /--at must be a time like .*, got "12:00"/,
      2,
    ],
    [
      'a time of a backup, which has one',
      () => ['restore', resolve('LICENSE'), '--at', before.toISOString(), '--data-dir', at('no')],
      /--at is for a directory of copies/,
      2,
    ],
    [
      'a passphrase for copies',
      () => ['restore', at('copies'), '--passphrase-file', resolve('LICENSE'), '--data-dir', at('no')],
      /copies are not sealed/,
      2,
    ],
    ['to restore over files', () => ['restore', at('copies'), '--data-dir', at('copies')], /is not empty/, 1],
    ['a directory without copies', () => ['verify', directory], /holds no copies that can be restored/, 1],
    [
      'to copy into the data directory',
      () => ['start', '--data-dir', at('no'), '--wal-copies', at('no/copies')],
      /is in the data directory/,
      1,
    ],
    [
      'to copy from PostgreSQL',
      () => ['start', '--wal-copies', at('other'), '--database', 'postgres://localhost/muster'],
      /^muster: --wal-copies: the database is in PostgreSQL/,
      2,
    ],
    [
      'to copy where a file stands',
      () => ['start', '--data-dir', at('no'), '--wal-copies', join(resolve('LICENSE'), 'copies')],
      /--wal-copies .* cannot be made/,
      1,
    ],
  ])('%s', async (_, args, reason, code) => {
    const outcome = await muster(...args())
    expect(outcome.stderr).toMatch(reason)
    expect(outcome).toMatchObject({ code, stdout: '' })
  })

  it('to copy where another server copies', async () => {
    await using _server = await serve()
    const outcome = await muster('start', '--data-dir', at('second'), '--wal-copies', at('copies'))
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another server writes its copies'),
    })
  })

  it('copies with a byte changed', async () => {
    const [run = ''] = readdirSync(at('copies')).filter((name) => name.startsWith('from-'))
    const file = join(at('copies'), run, '000001.blocks')
    writeFileSync(file, 'x', { flag: 'r+' })
    expect(await muster('verify', at('copies'))).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('the copies are damaged: 000001.blocks'),
    })
  })
})
