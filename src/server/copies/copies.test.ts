/** A store that is copied while it is written to, and what comes back of it. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { patienceMs } from '../../../test/helpers/patience.ts'
import { createLog, type Log } from '../../lib/log.ts'
import { openStore, viewDatabase, type Store } from '../../store/index.ts'
import { Copies, type CopiesOptions } from './copies.ts'
import { listGenerations } from './kept/layout.ts'
import { restoreCopies, verifyCopies } from './restoring/restore-copies.ts'
import { directorySource, type CopiesSource } from './restoring/source.ts'

const topicsATransaction = 5
let scratch: string
let directory: string
let source: CopiesSource
let dataDir: string
/** When the count was so high, all of that was copied, and nothing more was written. */
const marks: { count: number; at: Date }[] = []
/** Times that the log began anew, and that copying failed. */
let [begunAnew, failures] = [0, 0]
const at = (name: string) => join(scratch, name)
const silent = { log: createLog('silent') }
const named = { directory: 'functions', list: async () => ['code-1'] }
const { signal } = new AbortController()

async function write(store: Store, number: number): Promise<void> {
  await store.transact(async (db) => {
    for (let one = 0; one < topicsATransaction; one++)
      await db
        .insertInto('retained_messages')
        .values({
          account_id: '000000000000',
          topic: `${number}/${one}`,
          payload: new Uint8Array(500),
          qos: 0,
          properties: null,
          modified_at: 0,
          expires_at: null,
        })
        .execute()
  })
}

const isCurrent = (copies: Copies, since: number) =>
  vi.waitUntil(() => (copies.stats().currentAt ?? 0) > since, { timeout: patienceMs, interval: 20 })

function countIn(restored: string): Promise<number> {
  return viewDatabase(join(restored, 'muster.db'), async (db) => {
    const rows = await db.selectFrom('retained_messages').select('topic').execute()
    return rows.length / topicsATransaction
  })
}

async function restore(name: string, time?: Date): Promise<{ count: number; notes: string[] }> {
  const request = { source, dataDir: at(name), named, signal }
  const { notes } = await restoreCopies({ ...request, at: time })
  return { count: await countIn(at(name)), notes }
}

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'muster-copies-'))
  dataDir = at('data')
  directory = at('copies')
  source = directorySource(directory)
  for (const path of [dataDir, directory]) mkdirSync(path, { mode: 0o700 })
  mkdirSync(join(dataDir, 'functions'))
  writeFileSync(join(dataDir, 'functions', 'code-1'), 'first')
  const copies = new Copies({
    dataDir,
    place: { kind: 'directory', directory },
    keepMs: 3_600_000,
    ...silent,
  })
  const store = await openStore(join(dataDir, 'muster.db'), { checkpointPages: 50, logCopier: copies })
  copies.start()
  let count = 0
  for (let mark = 0; mark < 3; mark++) {
    await Promise.all(Array.from({ length: 40 }, (_, one) => write(store, count + one)))
    for (count += 40; count % 100 > 0; count++) await write(store, count)
    if (mark === 1) writeFileSync(join(dataDir, 'functions', 'code-1'), 'second')
    await isCurrent(copies, Date.now())
    marks.push({ count, at: new Date() })
    await isCurrent(copies, Date.now()) // so that what is next has a later time
  }
  await write(store, count) // the last word
  begunAnew = readFileSync(join(dataDir, 'muster.db-wal')).readUInt32BE(12)
  await copies[Symbol.asyncDispose]()
  failures = copies.stats().failures
  await store[Symbol.asyncDispose]()
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('a restore from copies', () => {
  it('has what was committed until then, and nothing later, across logs that began anew', async () => {
    expect(listGenerations(directory)).toHaveLength(1)
    expect(begunAnew).toBeGreaterThan(3)
    expect(failures).toBe(0)
    for (const [index, { count, at: time }] of marks.entries())
      expect(await restore(`mark-${index}`, time)).toEqual({ count, notes: [] })
  })

  it('has all that a server wrote until it stopped when no time is given', async () => {
    expect((await restore('all')).count).toBe(marks.at(-1)!.count + 1)
  })

  it('brings the files beside the database back as they were then', () => {
    const contents = [0, 1, 2].map((mark) => readFileSync(at(`mark-${mark}/functions/code-1`), 'utf8'))
    expect(contents).toEqual(['first', 'second', 'second'])
    const names = readdirSync(at('mark-0')).filter((name) => !/-(?:wal|shm)$/.test(name)) // of those who looked
    expect(names.toSorted()).toEqual(['functions', 'muster.db', 'secrets.key'])
  })

  it('is for its owner alone, as the copies are', () => {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    expect(entries.length).toBeGreaterThan(4)
    for (const entry of entries)
      expect(statSync(join(entry.parentPath, entry.name)).mode & 0o777).toBe(entry.isFile() ? 0o600 : 0o700)
    expect(statSync(at('mark-0/muster.db')).mode & 0o777).toBe(0o600)
  })

  it('says what is whole', async () => {
    const [run, ...others] = await verifyCopies({ source, named, temporaryDirectory: scratch, signal })
    expect(others).toEqual([])
    expect(run!.from.getTime()).toBeLessThan(marks[0]!.at.getTime())
    expect(run!.to.getTime()).toBeGreaterThan(marks[2]!.at.getTime())
    expect(readdirSync(scratch).filter((name) => name.startsWith('muster-verify'))).toEqual([])
  })
})

describe('copies that are not whole', () => {
  const segment = () => {
    const [{ path, segments } = { path: '', segments: [] }] = listGenerations(directory)
    return join(path, `${String(segments.at(-1)).padStart(6, '0')}.blocks`)
  }
  /** Calls `use` while the file is other than it was. */
  async function whileChanged(file: string, change: (bytes: Buffer) => void, use: () => Promise<void>) {
    const before = readFileSync(file)
    const after = Buffer.from(before)
    change(after)
    writeFileSync(file, after)
    try {
      await use()
    } finally {
      writeFileSync(file, before)
    }
  }
  const verify = () => verifyCopies({ source, named, temporaryDirectory: scratch, signal })

  it('give all but a block that was cut off, with a note', async () => {
    const whole = readFileSync(segment())
    truncateSync(segment(), whole.length - 10)
    const { count, notes } = await restore('torn')
    expect(count).toBe(marks.at(-1)!.count)
    expect(notes).toEqual([expect.stringMatching(/^the last \d+ bytes of from-.* never finished: left out$/)])
    writeFileSync(segment(), whole)
  })

  it('name a file that the database names and nobody had', async () => {
    const request = { source, signal, at: undefined, dataDir: at('lacking') }
    const { notes } = await restoreCopies({ ...request, named: { ...named, list: async () => ['code-2'] } })
    expect(notes).toEqual(['the database names functions/code-2, which went before it was copied'])
  })

  it('are found out by one byte, and say until when they are whole', async () => {
    const change = (bytes: Buffer) => void (bytes[bytes.length - 100]! ^= 1)
    await whileChanged(segment(), change, async () => {
      await expect(verify()).rejects.toThrow(/^the copies are damaged: .*--at .* restores that$/)
      const refused = restore('damaged')
      await expect(refused).rejects.toThrow(/is not what its hash says; what was committed until .* is whole/)
      expect(readdirSync(at('damaged'))).toEqual([])
      const [, time] = /--at (\S+)/.exec(await refused.then(() => '', String)) ?? []
      expect((await restore('until', new Date(time!))).count).toBe(marks.at(-1)!.count)
    })
  })

  it.each([
    ['a snapshot', () => segment().replace('blocks', 'snapshot'), /\.snapshot: a block/],
    [
      'a kept file',
      () => join(directory, 'files', readdirSync(join(directory, 'files'))[0]!),
      /^the copies are damaged: files\/.* is not what its name says$/,
    ],
  ])('are found out by one byte of %s', async (_, file, reason) => {
    const change = (bytes: Buffer) => void (bytes[Math.floor(bytes.length / 2)]! ^= 1)
    await whileChanged(file(), change, () => expect(verify()).rejects.toThrow(reason))
  })

  it('are refused where a segment is missing', async () => {
    const [first, before] = [segment(), readFileSync(segment())]
    rmSync(first)
    await expect(verify()).rejects.toThrow('lacks 000001.blocks')
    const second = first.replace('000001', '000002')
    writeFileSync(second, before)
    await expect(verify()).rejects.toThrow('lacks 000001.blocks')
    rmSync(second)
    writeFileSync(first, before)
  })

  it('do not go back before their first snapshot, and say how far', async () => {
    await expect(restore('early', new Date(0))).rejects.toThrow(/go back to 20\S+Z, and no further$/)
    mkdirSync(at('none'))
    const nothing = { source: directorySource(at('none')), named, temporaryDirectory: scratch, signal }
    await expect(verifyCopies(nothing)).rejects.toThrow('no copies that can be restored')
  })
})

describe('two servers with one directory, on a file system whose locks the other does not see', () => {
  const often = { renewMs: 200, lookMs: 50, settleMs: 50 }
  const begin = async (name: string, options: Pick<CopiesOptions, 'place' | 'timing'>) => {
    mkdirSync(at(name), { recursive: true })
    const stack = new AsyncDisposableStack()
    stack.use(await openStore(join(at(name), 'muster.db')))
    const warnings: string[] = []
    const warn = (_: unknown, text?: string) => void warnings.push(text ?? '')
    const log = { info() {}, error() {}, warn: warn as Log['warn'] }
    const copies = stack.use(new Copies({ dataDir: at(name), keepMs: 3_600_000, log, ...options }))
    copies.start()
    return { copies, warnings, stop: () => stack.disposeAsync() }
  }

  it('do not mix: the second waits until the first has ended', async () => {
    const options = {
      place: { kind: 'directory', directory: at('shared') },
      timing: { ...often, leaseMs: 1500 },
    } as const
    const first = await begin('one', options)
    await isCurrent(first.copies, Date.now())
    const second = await begin('another', options)
    await vi.waitUntil(() => second.copies.stats().other, { timeout: patienceMs, interval: 20 })
    for (let count = 0; count < 3; count++) await isCurrent(first.copies, Date.now())
    expect(listGenerations(at('shared'))).toHaveLength(1)
    await first.stop()
    await isCurrent(second.copies, Date.now())
    expect(second.copies.stats()).toMatchObject({ other: undefined, failures: 0 })
    await second.stop()
    const shared = { source: directorySource(at('shared')), named, temporaryDirectory: scratch, signal }
    expect(await verifyCopies(shared)).toHaveLength(2)
  })

  it('tell of each other once, however often the first starts again', async () => {
    const options = {
      place: { kind: 'directory', directory: at('restarted') },
      timing: { ...often, leaseMs: patienceMs },
    } as const
    let first = await begin('restarting', options)
    await isCurrent(first.copies, Date.now())
    const second = await begin('waiting', options)
    const seenSince = () => second.copies.stats().other?.since
    await vi.waitUntil(seenSince, { timeout: patienceMs, interval: 20 })
    for (let restart = 0; restart < 2; restart++) {
      const before = seenSince()
      await first.stop()
      first = await begin('restarting', options)
      await vi.waitUntil(() => seenSince() !== before, { timeout: patienceMs, interval: 20 })
    }
    expect(second.warnings).toEqual([expect.stringMatching(/^another server writes its copies there/)])
    await second.stop()
    await first.stop()
  })
})

describe('copying that fails', () => {
  it('goes on with another generation once the place is there again, and keeps nobody waiting', async () => {
    const place = at('fleeting')
    writeFileSync(place, 'in the way')
    const copies = new Copies({
      dataDir: at('other'),
      place: { kind: 'directory', directory: place },
      keepMs: 1000,
      ...silent,
    })
    mkdirSync(at('other'))
    await using store = await openStore(join(at('other'), 'muster.db'), {
      checkpointPages: 20,
      logCopier: copies,
    })
    copies.start()
    await expect.poll(() => copies.stats().failures).toBeGreaterThan(0)
    for (let count = 0; count < 50; count++) await write(store, count)
    expect(copies.stats().currentAt).toBeUndefined()
    rmSync(place)
    await isCurrent(copies, Date.now())
    await copies[Symbol.asyncDispose]()
    const request = { source: directorySource(place), dataDir: at('other-restored'), named, signal }
    await restoreCopies({ ...request, at: undefined })
    expect(await countIn(at('other-restored'))).toBe(50)
  })
})
