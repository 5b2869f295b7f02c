/** Copies in a bucket of a service that takes nothing that is not signed right, and what comes back of them. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { patienceMs } from '../../../../test/helpers/patience.ts'
import {
  credentials,
  region,
  startTestBuckets,
  type TestBucketService,
} from '../../../lib/outbound/testing/test-bucket.ts'
import { createLog } from '../../../lib/log.ts'
import { openStore, viewDatabase, type Store } from '../../../store/index.ts'
import { Copier } from '../copier.ts'
import { Copies } from '../copies.ts'
import { keptFilesName } from '../kept/layout.ts'
import { openSource } from '../open-source.ts'
import { OwnershipLost } from '../owner/ownership.ts'
import type { BucketPlace } from '../place.ts'
import { restoreCopies, verifyCopies } from '../restoring/restore-copies.ts'
import { openStoredFiles } from './open-bucket.ts'
import { tidyBucket } from './tidy-bucket.ts'
import { Uploads } from './uploads.ts'

const day = 86_400_000
const named = { directory: 'functions', list: async () => ['code-1'] }
const { signal } = new AbortController()
const silent = createLog('silent')

let service: TestBucketService
let scratch: string
let dataDir: string
let store: Store
let place: BucketPlace
let clock: number
const stacks: AsyncDisposableStack[] = []
const at = (name: string) => join(scratch, name)

beforeEach(async () => {
  service = await startTestBuckets()
  scratch = mkdtempSync(join(tmpdir(), 'muster-bucket-'))
  dataDir = at('data')
  mkdirSync(join(dataDir, 'functions'), { recursive: true })
  writeFileSync(join(dataDir, 'functions', 'code-1'), 'first')
  store = await openStore(join(dataDir, 'muster.db'))
  place = { kind: 'bucket', url: service.url, bucket: 'own', prefix: 'a copy/', region, credentials }
  clock = Date.parse('2026-02-01T00:00:00Z')
})
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.disposeAsync()
  await store[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true, force: true })
})

/** Without a thread, so that tests say when it is its turn. */
function openCopier(maxBlocks = 3) {
  const stack = new AsyncDisposableStack()
  stacks.push(stack)
  const spool = at(`spool-${stacks.length}`)
  mkdirSync(spool)
  const { files } = stack.use(
    openStoredFiles(
      place,
      async () => {},
      async () => {},
    ),
  )
  const uploads = new Uploads(files, spool)
  const copier = stack.use(
    new Copier({ dataDir, directory: spool, version: '1', maxBlocks, now: () => clock }),
  )
  return {
    files,
    copier,
    spool,
    async snapshot() {
      const { write } = await copier.beginSnapshot()
      await uploads.push()
      await write(signal)
      await uploads.pushSnapshots(signal)
    },
    async turn() {
      clock += 1000
      await copier.turn()
      await uploads.push()
      return new Date(clock)
    },
  }
}

async function write(count: number): Promise<void> {
  await store.transact(async (db) => {
    const row = {
      account_id: '0',
      topic: `t${count}`,
      payload: new Uint8Array(900),
      qos: 0 as const,
      properties: null,
    }
    await db
      .insertInto('retained_messages')
      .values({ ...row, modified_at: 0, expires_at: null })
      .execute()
  })
}

async function restored(name: string, time?: Date): Promise<{ count: number; notes: string[] }> {
  await using source = await openSource(place, { temporaryDirectory: scratch, signal })
  const { notes } = await restoreCopies({ source, at: time, dataDir: at(name), named, signal })
  const count = await viewDatabase(
    join(at(name), 'muster.db'),
    async (db) => (await db.selectFrom('retained_messages').select('topic').execute()).length,
  )
  return { count, notes }
}

async function verified() {
  await using source = await openSource(place, { temporaryDirectory: scratch, signal })
  return await verifyCopies({ source, named, temporaryDirectory: scratch, signal })
}

/** Below the prefix, without the time in the name of a generation. */
const keys = () =>
  [...service.objects.keys()]
    .map((key) => key.replace('/own/a copy/', '').replace(/^from-\w+/, 'run'))
    .toSorted()
const keyOf = (end: string) => [...service.objects.keys()].find((key) => key.endsWith(end))!

/** A snapshot, and so many blocks after it, one a second; resolves with when each was copied. */
async function copySome(blocks: number, copier = openCopier()): Promise<Date[]> {
  await copier.snapshot()
  const times: Date[] = []
  for (let count = 0; count < blocks; count += 1) {
    await write(count)
    times.push(await copier.turn())
  }
  return times
}

describe('copies in a bucket', () => {
  it('bring back what was committed by a time, with the files beside the database', async () => {
    const times = await copySome(8)
    writeFileSync(join(dataDir, 'functions', 'code-1'), 'second')
    expect(await restored('third', times[2])).toEqual({ count: 3, notes: [] })
    expect(await restored('all')).toEqual({ count: 8, notes: [] })
    expect(readFileSync(at('third/functions/code-1'), 'utf8')).toBe('first')
    expect(readdirSync(scratch).filter((name) => name.startsWith('muster-copies-'))).toEqual([])
  })

  it('are few objects: parts of what is whole become one, and nothing whole is left on this machine', async () => {
    const copier = openCopier()
    await copySome(8, copier)
    const blocks = keys().filter((key) => key.includes('.blocks'))
    expect(blocks.filter((key) => key.startsWith('run/000001'))).toEqual(['run/000001.blocks/00000000000000'])
    expect(blocks.filter((key) => key.startsWith('run/000002'))).toEqual(['run/000002.blocks/00000000000000'])
    expect(blocks.filter((key) => key.startsWith('run/000003')).length).toBeGreaterThan(1)
    const left = readdirSync(copier.spool, { recursive: true, withFileTypes: true })
    expect(left.filter((one) => one.isFile()).map(({ name }) => name)).toEqual(['000003.blocks'])
  })

  it('are said to be whole, run by run', async () => {
    await copySome(4)
    clock += day
    await openCopier().snapshot()
    expect(await verified()).toHaveLength(2)
  })

  it('store each file once, whoever begins to copy', async () => {
    await copySome(1)
    const puts = () =>
      service.asked.filter((one) => one.startsWith(`PUT /own/a copy/${keptFilesName}/`)).length
    const before = puts()
    expect(before).toBeGreaterThan(0)
    clock += day
    await openCopier().snapshot()
    expect(puts()).toBe(before)
  })

  it('are read while a server makes few parts of many', async () => {
    const copier = openCopier(6)
    await copySome(4, copier)
    await using source = await openSource(place, { temporaryDirectory: scratch, signal })
    for (let count = 4; count < 8; count += 1) {
      await write(count)
      await copier.turn()
    }
    const { notes } = await restoreCopies({ source, at: undefined, dataDir: at('meanwhile'), named, signal })
    expect(notes).toEqual([])
  })
})

describe('copies in a bucket that are not whole', () => {
  it('give all but a block that was cut off, with a note', async () => {
    await copySome(4, openCopier(100))
    const last = [...service.objects.keys()]
      .filter((key) => key.includes('.blocks/'))
      .toSorted()
      .at(-1)!
    service.objects.set(last, service.objects.get(last)!.subarray(0, -5))
    expect(await restored('torn')).toEqual({
      count: 3,
      notes: [expect.stringMatching(/^the last \d+ bytes of from-.* never finished: left out$/)],
    })
  })

  it.each<[string, string, RegExp]>([
    ['a snapshot', '.snapshot/00000000000000', /^the copies are damaged: .*snapshot/],
    ['a block', '000001.blocks/00000000000000', /^the copies are damaged: 000001.blocks/],
  ])('are found out by one byte of %s', async (_, end, reason) => {
    await copySome(5)
    const bytes = service.objects.get(keyOf(end))!
    bytes[Math.floor(bytes.length / 2)]! ^= 1
    await expect(verified()).rejects.toThrow(reason)
  })

  it('are refused where a part is missing in between', async () => {
    await copySome(5, openCopier(100))
    const parts = [...service.objects.keys()].filter((key) => key.includes('.blocks/')).toSorted()
    service.objects.delete(parts[2]!)
    await expect(restored('gap')).rejects.toThrow('000001.blocks lacks a part')
    expect(readdirSync(at('gap'))).toEqual([])
  })

  it('are refused where a file beside the database is missing, or another', async () => {
    await copySome(1)
    const key = [...service.objects.keys()].find((one) => one.includes(`/${keptFilesName}/`))!
    const bytes = service.objects.get(key)!
    service.objects.set(key, Buffer.from('another'))
    await expect(restored('other')).rejects.toThrow('is not what its name says')
    service.objects.delete(key)
    await expect(restored('none')).rejects.toThrow('is missing')
    service.objects.set(key, bytes)
    expect((await restored('whole')).count).toBe(1)
  })

  it('are none before the first snapshot, nor from one that was cut off', async () => {
    const copier = openCopier()
    await copier.turn()
    await expect(verified()).rejects.toThrow('s3://own/a copy/ at http://127.0.0.1')
    await copier.snapshot()
    service.objects.delete(keyOf('.snapshot/00000000000000')) // it is the last one that is stored
    await expect(verified()).rejects.toThrow('there is no whole snapshot yet')
  })
})

describe('a service', () => {
  it('that fails for a while is asked again', async () => {
    let failures = 0
    service.fault = (request, response) => {
      if (request.method !== 'PUT' || (failures += 1) % 3 === 0) return false
      if (failures % 3 === 1) response.writeHead(503).end()
      else response.destroy()
      return true
    }
    await copySome(3)
    expect(failures).toBeGreaterThan(6)
    service.fault = undefined
    expect((await restored('after')).count).toBe(3)
  })

  it('that refuses is not asked again, and its word is passed on', async () => {
    const copier = openCopier()
    service.fault = (_, response) => {
      response.writeHead(403).end()
      return true
    }
    await expect(copier.turn()).rejects.toThrow(/^http:\/\/127.0.0.1:\d+ answered 403 to GET of own$/)
    expect(service.asked).toHaveLength(1)
    await expect(verified()).rejects.toThrow('answered 403')
  })

  it('that is away ends a run, and another one begins when it is there again', async () => {
    service.fault = (_, response) => {
      response.writeHead(403).end()
      return true
    }
    const logged: unknown[] = []
    const log = { ...silent, error: (fields: { place: string }) => void logged.push(fields.place) }
    const copies = new Copies({ dataDir, place, keepMs: day, log: log as never })
    copies.start()
    await vi.waitUntil(() => copies.stats().failures > 0, { timeout: patienceMs, interval: 20 })
    expect(logged[0]).toBe(`s3://own/a copy/ at ${service.url}`)
    expect(copies.stats().currentAt).toBeUndefined()
    service.fault = undefined
    await write(1)
    const since = Date.now()
    await vi.waitUntil(() => (copies.stats().currentAt ?? 0) > since, { timeout: patienceMs, interval: 20 })
    await write(2)
    await copies[Symbol.asyncDispose]()
    expect(existsSync(join(dataDir, 'copies-upload.draft'))).toBe(false)
    expect((await restored('stopped')).count).toBe(2)
  })
})

describe('two servers below one prefix', () => {
  const timing = { leaseMs: 1500, renewMs: 200, lookMs: 50, settleMs: 50 }

  /** With a database of its own. */
  async function startOther(name: string) {
    const directory = at(name)
    mkdirSync(join(directory, 'functions'), { recursive: true })
    writeFileSync(join(directory, 'functions', 'code-1'), name)
    const database = await openStore(join(directory, 'muster.db'))
    const said: string[] = []
    const say = (_: unknown, text: string) => void said.push(text)
    const log = { error: say, warn: say, info: say } as never
    const copies = new Copies({ dataDir: directory, place, keepMs: day, log, timing })
    const stack = new AsyncDisposableStack()
    stacks.push(stack)
    stack.use(database)
    stack.use(copies)
    copies.start()
    return { copies, said, stop: () => stack.disposeAsync() }
  }

  const waits = ({ copies }: { copies: Copies }) =>
    expect.poll(() => copies.stats().other, { timeout: patienceMs }).toMatchObject({ host: hostname() })
  const copies = ({ copies: own }: { copies: Copies }) => {
    const since = Date.now()
    return expect.poll(() => own.stats().currentAt ?? 0, { timeout: patienceMs }).toBeGreaterThan(since)
  }
  const runs = () => new Set([...service.objects.keys()].flatMap((one) => /from-\w+/.exec(one) ?? []))

  it.each(['known', 'ignored'] as const)(
    'do not mix: the second waits, says so once, and goes on when the first has ended (conditions are %s)',
    async (conditions) => {
      service.conditions = conditions
      const first = await startOther('first')
      await copies(first)
      const second = await startOther('second')
      await waits(second)
      for (let count = 0; count < 3; count++) await copies(first)
      expect(runs().size).toBe(1)
      expect(second.copies.stats()).toMatchObject({ currentAt: undefined, failures: 0 })
      expect(first.said.filter((text) => !/conditional/.test(text))).toEqual([])
      expect(second.said.filter((text) => /another server writes/.test(text))).toHaveLength(1)
      await first.stop()
      await copies(second)
      expect(second.copies.stats().other).toBeUndefined()
      expect(second.said.at(-1)).toBe('the copies of another server end here')
      await second.stop()
      expect(runs().size).toBe(2)
      expect(await verified()).toHaveLength(2)
      await restored('last')
      expect(readFileSync(at('last/functions/code-1'), 'utf8')).toBe('second')
    },
  )

  it('change hands when somebody removes the claim: the first stops, keeps what it copied, and waits', async () => {
    const first = await startOther('first')
    await copies(first)
    const second = await startOther('second')
    await waits(second)
    service.objects.delete('/own/a copy/owner.json')
    await copies(second) // it looks more often than the other comes back
    await waits(first)
    expect(first.copies.stats().failures).toBe(0)
    expect(first.said).toEqual([expect.stringMatching(/^another server writes/)])
    await Promise.all([first.stop(), second.stop()])
    expect(await verified()).toHaveLength(2)
  })

  it('neither put nor remove anything once the place is lost, also between two tries', async () => {
    let isLost = false
    const beforeWrite = () => (isLost ? Promise.reject(new OwnershipLost('lost')) : Promise.resolve())
    using way = openStoredFiles(place, async () => {}, beforeWrite)
    service.fault = (_, response) => {
      isLost = true
      response.writeHead(503).end()
      return true
    }
    await expect(way.files.putPart('a', 0, Buffer.from('1'))).rejects.toThrow(OwnershipLost)
    expect(service.asked).toHaveLength(1)
    await expect(way.files.remove('a', [0])).rejects.toThrow(OwnershipLost)
    await expect(openStoredFiles(place, async () => {}).files.remove('a', [0])).rejects.toThrow('only read')
    expect(service.asked).toHaveLength(1)
  })

  it('hold up no checkpoint while they wait, nor their stop', async () => {
    const first = await startOther('first')
    await copies(first)
    const second = await startOther('second')
    await waits(second)
    await second.copies.beforeNewLog()
    second.copies.afterNewLog()
    await second.stop()
    expect(second.copies.stats()).toMatchObject({ failures: 0 })
    await copies(first)
  })
})

describe('what is too old in a bucket', () => {
  const tidy = ({ files, copier: { path, files: keeper } }: ReturnType<typeof openCopier>, keepMs: number) =>
    tidyBucket({
      files,
      current: path.split('/').at(-1)!,
      kept: keeper.files,
      since: clock - keepMs,
      now: clock,
    })

  it('goes with the runs, and files that nobody names go after what named them', async () => {
    await copySome(4)
    const first = new Set(keys())
    clock += 2 * day
    writeFileSync(join(dataDir, 'functions', 'code-1'), 'second')
    const second = openCopier()
    await second.snapshot()
    expect(await tidy(second, 5 * day)).toEqual([])
    expect(keys()).toEqual(expect.arrayContaining([...first]))
    clock += 4 * day
    await second.snapshot()
    expect(await tidy(second, day)).toEqual([]) // the first run is gone; its files were named by it until now, as far as is known
    expect(await verified()).toHaveLength(1)
    clock += 4 * day
    await second.snapshot()
    const removed = await tidy(second, day)
    expect(removed).toHaveLength(1)
    expect((await restored('kept')).notes).toEqual([])
    expect(readFileSync(at('kept/functions/code-1'), 'utf8')).toBe('second')
  })

  it('keeps all files when its index is lost, and those that were stored a moment ago', async () => {
    const copier = openCopier()
    await copySome(1, copier)
    await tidy(copier, day)
    rmSync(join(dataDir, 'functions', 'code-1'))
    clock += 30 * day
    await copier.turn()
    await copier.snapshot()
    service.objects.set('/own/a copy/named-last.json/00000000000000', Buffer.from('{'))
    expect(await tidy(copier, day)).toEqual([])
    clock += 3 * day
    await copier.snapshot()
    expect(await tidy(copier, day)).toHaveLength(1)
  })
})
