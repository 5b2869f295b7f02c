/** Copies of a server in a bucket of moto's S3: what they bring back when the server is killed, and what the commands refuse. */
import { randomInt } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CreateThingCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { motoKey, startMoto, type Moto } from '../helpers/moto.ts'
import { runMuster } from '../helpers/muster.ts'
import { lacks } from '../helpers/programs.ts'
import { testPostgres } from '../helpers/postgres/databases.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'
import { copiedUntil, createThings, deleteThings, listThings, readMetrics, stormNames } from './storm.ts'

const isSkipped = lacks('moto_server') || testPostgres() !== undefined

let directory: string
let moto: Moto
const at = (name: string) => join(directory, name)
const place = (prefix = 'muster') => `s3://copies/${prefix}?endpoint=${moto.url}`
const environment = {
  MUSTER_SERVICE_ACCESS_KEY_ID: motoKey.accessKeyId,
  MUSTER_SERVICE_SECRET_ACCESS_KEY: motoKey.secretAccessKey,
}
const muster = (...args: string[]) => runMuster(args, { directory, environment })

beforeAll(async () => {
  if (isSkipped) return
  directory = freshDirectory()
  moto = await startMoto('copies')
})
afterAll(async () => {
  if (isSkipped) return
  await moto[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const serve = () => startServerProcess({ 'data-dir': at('data'), 'wal-copies': place() }, environment)

/** Resolves when all that was acknowledged before the call can be restored. */
async function areCopied(server: ServerProcess): Promise<Date> {
  const since = Date.now()
  await expect.poll(() => copiedUntil(server)).toBeGreaterThan(since)
  return new Date()
}

describe.skipIf(isSkipped)('copies in a bucket', () => {
  it('bring all things back that were deleted by mistake', async () => {
    const names = stormNames(200)
    let before: Date
    {
      await using server = await serve()
      await createThings(server, names)
      before = await areCopied(server)
      await areCopied(server)
      await deleteThings(server, names)
      await areCopied(server)
      await server.kill()
    }
    const then = ['--at', before.toISOString(), '--data-dir', at('then')]
    expect(await muster('restore', place(), ...then)).toMatchObject({ code: 0, stderr: '' })
    expect(await muster('restore', place(), '--data-dir', at('last'))).toMatchObject({ code: 0 })
    await using restored = await startServerProcess({ 'data-dir': at('then') })
    expect(await listThings(restored)).toEqual(names)
    await using last = await startServerProcess({ 'data-dir': at('last') })
    expect(await listThings(last)).toEqual([])
  })

  it('have what they said they had, whenever the server is killed', async () => {
    const acknowledged: { thingName: string; at: number }[] = []
    for (let kill = 0; kill < 2; kill++) {
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
      await pause(randomInt(1200)) // anywhere between two copies
      const until = await copiedUntil(server)
      isKilled = true
      await server.kill()
      await writing
      const verified = await muster('verify', place())
      expect(verified).toMatchObject({ code: 0, stderr: '' })
      expect(verified.stdout).toContain(`${place()}: whole from 20`)
      const target = at(`killed-${kill}`)
      expect(await muster('restore', place(), '--data-dir', target)).toMatchObject({ code: 0 })
      await using again = await startServerProcess({ 'data-dir': target })
      const there = new Set(await listThings(again))
      const said = acknowledged.filter((one) => one.at < until)
      expect(said.length).toBeGreaterThan(0)
      expect(said.filter(({ thingName }) => !there.has(thingName))).toEqual([])
    }
  })

  it('keep nobody waiting while the service is away, nor a server from stopping', async () => {
    await using other = await startMoto('copies')
    const away = `s3://copies/away?endpoint=${other.url}`
    await using server = await startServerProcess({ 'wal-copies': away }, environment)
    await areCopied(server)
    await other.stop()
    await createThings(server, stormNames(50))
    expect(await listThings(server)).toHaveLength(50)
  })
})

describe.skipIf(isSkipped)('two servers with one prefix', () => {
  const start = (name: string, prefix: string) =>
    startServerProcess({ 'data-dir': at(name), 'wal-copies': place(prefix) }, environment)
  const otherOwner = async (server: ServerProcess) => {
    const page = await readMetrics(server.endpoints)
    return /^muster_wal_copies_other_owner (\d)$/m.exec(page)?.[1]
  }

  it('do not mix: the second says so, and a restart of the first goes on at once, even after a kill', async () => {
    let first = await start('one', 'shared')
    await areCopied(first)
    await using second = await start('two', 'shared')
    await expect.poll(() => otherOwner(second)).toBe('1')
    expect(await copiedUntil(second)).toBe(0)
    const told = () => second.output().split('another server writes its copies there').length - 1
    expect(told()).toBe(1)
    for (const end of ['kill', 'stop']) {
      await (end === 'kill' ? first.kill() : first[Symbol.asyncDispose]())
      first = await start('one', 'shared')
      await areCopied(first)
      expect(first.output()).not.toContain('another server') // it waited for nobody
    }
    expect(await otherOwner(first)).toBe('0')
    expect(await otherOwner(second)).toBe('1')
    const doctor = await runMuster(['doctor', '--data-dir', at('two'), '--wal-copies', place('shared')], {
      directory,
      environment,
    })
    expect(doctor.stdout).toMatch(/another server writes its copies there/)
    expect(told()).toBe(1)
    await first[Symbol.asyncDispose]()
    await using third = await start('three', 'shared')
    await areCopied(third)
    expect(await copiedUntil(second)).toBe(0)
  })
})

describe.skipIf(isSkipped)('the commands refuse', () => {
  it.each<[string, () => string[], RegExp, number]>([
    ['a prefix without copies', () => ['verify', place('other')], /holds no copies that can be restored/, 1],
    [
      'a bucket that is not there',
      () => ['restore', `s3://absent?endpoint=${moto.url}`, '--data-dir', at('no')],
      /answered 404 to GET of absent/,
      1,
    ],
    [
      'a time before the first copy',
      () => ['restore', place(), '--at', '2020-01-01T00:00:00Z', '--data-dir', at('no')],
      /go back to 20\S+Z, and no further/,
      1,
    ],
    [
      'a bucket that is not named right',
      () => ['verify', 's3://Not_one'],
      /a bucket cannot be named "Not_one"/,
      2,
    ],
    [
      'a bucket that is not named right, to copy into',
      () => ['start', '--data-dir', at('no'), '--wal-copies', 's3://own/x?endpint=y'],
      /--wal-copies: may have endpoint and region, got endpint/,
      2,
    ],
    ['a passphrase', () => ['verify', place(), '--passphrase-file', 'x'], /copies are not sealed/, 2],
  ])('%s', async (_, args, reason, code) => {
    const outcome = await muster(...args())
    expect(outcome.stderr).toMatch(reason)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(readdirSync(directory)).not.toContain('muster-copies')
  })

  it('a bucket without a key', async () => {
    const outcome = await runMuster(['verify', place()], { directory })
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toContain('needs service-access-key-id and service-secret-access-key')
  })
})
