/** Who writes to a place, of servers with data directories of their own, in each kind of place. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  credentials,
  region,
  startTestBuckets,
  type TestBucketService,
} from '../../../lib/outbound/testing/test-bucket.ts'
import { openBucketClaims } from '../bucket/bucket-claims.ts'
import { openBucket } from '../bucket/open-bucket.ts'
import type { ClaimStore, OtherOwner } from './claim.ts'
import { directoryClaims } from './directory-claims.ts'
import { OwnClaims } from './own-claims.ts'
import { Ownership, OwnershipLost, usualTiming as timing } from './ownership.ts'

const looksAtMost = 30

let service: TestBucketService
let scratch: string
/** Of the clock, and of the counter that no clock sets. */
let [now, elapsed] = [0, 0]
/** With a pause; else a pause takes a moment, and no lease ends. */
let doesTimePass = true
const stack = new DisposableStack()
const at = (name: string) => join(scratch, name)

beforeEach(async () => {
  service = await startTestBuckets()
  scratch = mkdtempSync(join(tmpdir(), 'muster-ownership-'))
  mkdirSync(at('place'))
  doesTimePass = true
  ;[now, elapsed] = [Date.parse('2026-02-01T00:00:00Z'), 0]
})
afterEach(async () => {
  await service[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true, force: true })
})

const key = '/own/copies/owner.json'
const kinds = {
  'a bucket': { conditions: 'known' },
  'a bucket that ignores conditions': { conditions: 'ignored' },
  'a bucket that refuses conditions': { conditions: 'not implemented' },
  'a directory': undefined,
} as const

async function openClaims(kind: keyof typeof kinds): Promise<ClaimStore> {
  const { conditions } = kinds[kind] ?? {}
  if (conditions === undefined) return directoryClaims(at('place'))
  service.conditions = conditions
  const place = {
    kind: 'bucket',
    url: service.url,
    bucket: 'own',
    prefix: 'copies/',
    region,
    credentials,
  } as const
  const { bucket, patiently, ...way } = openBucket(place, async () => {})
  stack.use(way)
  let isUnconditional = false
  const onUnconditional = () => void (isUnconditional = true)
  const claims = await openBucketClaims({ bucket, prefix: 'copies/', patiently, onUnconditional })
  expect(isUnconditional).toBe(conditions !== 'known')
  return claims
}

interface Server {
  ownership: Ownership
  /** At each look. */
  waitedFor: OtherOwner[]
  /** Resolves with whose the place was; rejects when it is not to be had in a while. */
  take: () => Promise<OtherOwner | undefined>
}

/** A server on the data directory of that name, as after its start. `meanwhile` is called while it waits. */
async function begin(claims: ClaimStore, name: string, meanwhile = async () => {}): Promise<Server> {
  mkdirSync(at(name), { recursive: true })
  const waitedFor: OtherOwner[] = []
  let pauses = 0
  const ownership = new Ownership({
    claims,
    own: await OwnClaims.open(at(name)),
    host: `host of ${name}`,
    version: '1',
    timing,
    async pause(ms) {
      if (++pauses > looksAtMost) throw new Error('it waits for ever')
      if (doesTimePass) pass(ms)
      await meanwhile()
      await pause(doesTimePass ? 0 : 50)
    },
    elapsed: () => elapsed,
    now: () => now,
  })
  return { ownership, waitedFor, take: () => ownership.take((other) => void waitedFor.push(other)) }
}

function pass(ms: number): void {
  now += ms
  elapsed += ms
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('the claim to %s', (kind) => {
  let claims: ClaimStore
  beforeEach(async () => void (claims = await openClaims(kind)))

  const remove = () =>
    kind === 'a directory' ? rmSync(at('place/owner.json')) : void service.objects.delete(key)
  const read = () =>
    kind === 'a directory' ? readFileSync(at('place/owner.json')) : service.objects.get(key)!
  const write = (text: string) =>
    kind === 'a directory'
      ? writeFileSync(at('place/owner.json'), text)
      : void service.objects.set(key, Buffer.from(text))

  it('is not had while another server renews it, whatever its clock says', async () => {
    const first = await begin(claims, 'first')
    expect(await first.take()).toBeUndefined()
    const second = await begin(claims, 'second', async () => {
      now -= 3_600_000
      await first.ownership.hold()
      now += 3_600_000
    })
    await expect(second.take()).rejects.toThrow('it waits for ever')
    expect(second.waitedFor.length).toBeGreaterThan(10)
    expect(second.waitedFor[0]).toMatchObject({ host: 'host of first', isOfCopy: false })
    expect(new Set(second.waitedFor.map(({ since }) => since)).size).toBe(1)
    await expect(second.ownership.hold()).rejects.toThrow(OwnershipLost)
    await first.ownership.renew()
  })

  it('goes over from a dead server after its lease, and is lost to that', async () => {
    const first = await begin(claims, 'first')
    await first.take()
    const since = elapsed
    const second = await begin(claims, 'second')
    expect(await second.take()).toMatchObject({ host: 'host of first' })
    expect(elapsed - since).toBeGreaterThanOrEqual(timing.leaseMs)
    await expect(first.ownership.hold()).rejects.toThrow(OwnershipLost)
    await expect(first.ownership.hold()).rejects.toThrow(OwnershipLost)
    await second.ownership.renew()
    const again = await begin(claims, 'first', () => second.ownership.hold())
    await expect(again.take()).rejects.toThrow('it waits for ever')
  })

  it('is had again at once after a kill, whenever that came', async () => {
    await (await begin(claims, 'first')).take()
    const since = elapsed
    for (let kill = 0; kill < 3; kill++) {
      const failing = { ...claims, replace: () => Promise.reject(new Error('killed before')) }
      await expect((await begin(failing, 'first')).take()).rejects.toThrow('killed before')
    }
    const after: ClaimStore = {
      ...claims,
      async replace(...what) {
        await claims.replace(...what)
        throw new Error('killed after')
      },
    }
    await expect((await begin(after, 'first')).take()).rejects.toThrow('killed after')
    const last = await begin(claims, 'first')
    expect(await last.take()).toBeUndefined()
    await last.ownership.renew()
    await (await begin(claims, 'first')).take()
    expect(elapsed).toBe(since)
  })

  it('is not that of a copy of the data directory', async () => {
    const first = await begin(claims, 'first')
    await first.take()
    cpSync(at('first'), at('copy'), { recursive: true })
    const copy = await begin(claims, 'copy', () => first.ownership.hold())
    await expect(copy.take()).rejects.toThrow('it waits for ever')
    expect(copy.waitedFor[0]).toMatchObject({ isOfCopy: true })
  })

  it('is not had with a state of the data directory from before its last renewals', async () => {
    const first = await begin(claims, 'first')
    await first.take()
    const before = readFileSync(at('first/copies-owner.json'))
    for (let count = 0; count < 2; count++) await first.ownership.renew()
    writeFileSync(at('first/copies-owner.json'), before)
    const reverted = await begin(claims, 'first', () => first.ownership.hold())
    await expect(reverted.take()).rejects.toThrow('it waits for ever')
  })

  it('goes over at once from a server that has stopped, but not to one that waits for it to start again', async () => {
    const first = await begin(claims, 'first')
    await first.take()
    let isReleased = false
    const waiting = await begin(claims, 'waiting', async () => {
      if (!isReleased) await first.ownership.release()
      isReleased = true
    })
    const since = elapsed
    await waiting.take()
    expect(elapsed - since).toBeGreaterThanOrEqual(timing.leaseMs)
    await waiting.ownership.release()
    const later = elapsed
    expect(await (await begin(claims, 'third')).take()).toMatchObject({ host: 'host of waiting' })
    expect(elapsed - later).toBeLessThanOrEqual(timing.settleMs)
  })

  it('is had by one of two that begin in the same moment', async () => {
    doesTimePass = false
    const servers = [await begin(claims, 'first'), await begin(claims, 'second')]
    const outcomes = await Promise.allSettled(
      servers.map(async ({ ownership, take }) => {
        await take()
        for (let turn = 0; turn < 50; turn++) {
          await ownership.renew()
        }
      }),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('is had by whoever comes first when somebody removes it, and lost by whoever had it', async () => {
    const first = await begin(claims, 'first')
    await first.take()
    let isRemoved = false
    const second = await begin(claims, 'second', async () => {
      if (second.waitedFor.length === 2 && !isRemoved) remove()
      isRemoved ||= second.waitedFor.length === 2
    })
    await second.take()
    expect(second.waitedFor).toHaveLength(2)
    await expect(first.ownership.renew()).rejects.toThrow(OwnershipLost)
  })

  it('goes over after a lease when nobody can read it', async () => {
    write('{ "owner":')
    const server = await begin(claims, 'first')
    expect(await server.take()).toMatchObject({ host: 'unknown' })
    expect(elapsed).toBeGreaterThanOrEqual(timing.leaseMs)
    expect(JSON.parse(read().toString())).toMatchObject({ host: 'host of first', version: '1' })
  })

  it('is asked for anew when it is old by the clock, as after a sleep of the machine', async () => {
    const first = await begin(claims, 'first')
    await first.take()
    const before = read()
    await first.ownership.hold()
    expect(read()).toEqual(before)
    now += timing.renewMs
    await first.ownership.hold()
    expect(read()).not.toEqual(before)
  })

  it('is not held after a renewal that failed, for the reason for which it did', async () => {
    const full: ClaimStore = { ...claims, replace: () => Promise.reject(new Error('the disk is full')) }
    const first = await begin(full, 'first')
    await first.take()
    const asked = [first.ownership.renew(), first.ownership.renew()]
    for (const one of await Promise.allSettled(asked))
      expect(String((one as PromiseRejectedResult).reason)).toBe('Error: the disk is full')
    await expect(first.ownership.hold()).rejects.toThrow('the disk is full')
    await first.ownership.release()
    expect(await (await begin(claims, 'first')).take()).toBeUndefined()
  })

  it('is kept when the answer to its renewal was lost', async () => {
    const forgetful: ClaimStore = {
      ...claims,
      replace: async (...what) => void (await claims.replace(...what)) as undefined,
    }
    const first = await begin(forgetful, 'first')
    await first.take()
    await first.ownership.renew()
    await expect(first.ownership.renew()).resolves.toBeUndefined()
  })
})

describe('a bucket', () => {
  it('that is not there is no reason to wait', async () => {
    service.fault = (_, response) => {
      response.writeHead(404).end()
      return true
    }
    await expect(openClaims('a bucket')).rejects.toThrow(
      'answered 404 to PUT of own/copies/conditional-writes.json',
    )
  })
})
