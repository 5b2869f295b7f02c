import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { checkReadiness } from './readiness.ts'

const store = { transact: <T>() => Promise.resolve(undefined as T) }
const clock = { fault: () => undefined }
const whole = { arePortsOpen: true, store, dataDir: tmpdir(), clock }

describe('a server is ready', () => {
  it('when its ports are open, its database commits, and its disk has room', async () => {
    expect(await checkReadiness(whole)).toEqual({
      isReady: true,
      checks: { ports: 'ok', database: 'ok', disk: 'ok', clock: 'ok' },
    })
  })

  it('as a node, while its lease is renewed', async () => {
    const { isReady, checks } = await checkReadiness({ ...whole, leaseAgeMs: 1100 })
    expect({ isReady, checks }).toMatchObject({ isReady: true, checks: { lease: 'ok' } })
  })

  it.each<[string, object, object]>([
    ['its ports are not open', { arePortsOpen: false }, { ports: 'the device ports are not open' }],
    [
      'the disk failed to keep what was written',
      { store: { transact: () => Promise.reject(new Error('the disk failed')) } },
      { database: 'the disk failed' },
    ],
    [
      'the database does not answer',
      { store: { transact: () => new Promise(() => {}) } },
      { database: 'no answer within 5000 ms' },
    ],
    ['its clock is wrong', { clock: { fault: () => 'it says 1970' } }, { clock: 'it says 1970' }],
    ['its lease was not renewed', { leaseAgeMs: 3200.4 }, { lease: 'not renewed for 3200 ms' }],
    ['it has lost its lease', { leaseAgeMs: Number.POSITIVE_INFINITY }, { lease: 'it is over' }],
    [
      'its data directory is gone',
      { dataDir: '/nowhere' },
      { disk: expect.stringContaining('ENOENT') as string },
    ],
  ])('not when %s', async (_, change, expected) => {
    const readiness = await checkReadiness({ ...whole, ...change })
    expect(readiness.isReady).toBe(false)
    expect(readiness.checks).toMatchObject(expected)
  })
})
