import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backupName } from './retention.ts'
import { scheduleBackups } from './schedule.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-test-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const hour = 3_600_000
const old = (hours: number) => backupName(new Date(Date.now() - hours * hour))
const silent = { info: () => {}, error: () => {} }
const common = () => ({ directory, everyMs: hour, keep: 2, now: () => new Date(), log: silent })
const put = (...names: string[]) => names.forEach((name) => writeFileSync(join(directory, name), ''))

describe('scheduled backups', () => {
  it('are made when one is due, and then the oldest go, and what was cut off', async () => {
    put(old(4), old(3), old(2), `${old(5)}.draft`, 'of-somebody-else')
    const made: string[] = []
    const backUp = async (file: string) => {
      writeFileSync(file, '')
      made.push(file)
    }
    await using schedule = await scheduleBackups({ ...common(), backUp })
    await expect.poll(() => readdirSync(directory)).toHaveLength(3)
    expect(made).toHaveLength(1)
    expect(readdirSync(directory).map((name) => join(directory, name))).toContain(made[0])
    expect(readdirSync(directory)).toContain('of-somebody-else')
    expect(schedule.stats()).toMatchObject({ failures: 0, lastSuccessAt: expect.any(Number) as number })
  })

  it('cost none of the old ones when they fail, and are counted', async () => {
    const before = [old(4), old(3), old(2)]
    put(...before)
    const told: unknown[] = []
    const log = { info: () => {}, error: (fields: object) => void told.push(fields) }
    const backUp = () => Promise.reject(new Error('the disk is full'))
    await using schedule = await scheduleBackups({ ...common(), log, backUp })
    await expect.poll(() => schedule.stats().failures).toBe(1)
    expect(readdirSync(directory)).toEqual(before)
    expect(told).toEqual([{ error: new Error('the disk is full') }])
  })

  it('are cut off when the server stops, which is no failure', async () => {
    let begun = () => {}
    const running = new Promise<void>((resolve) => (begun = resolve))
    const backUp = (_file: string, signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        begun()
        signal.addEventListener('abort', () => reject(new Error('stopped')))
      })
    const schedule = await scheduleBackups({ ...common(), backUp })
    await running
    await schedule[Symbol.asyncDispose]()
    expect(schedule.stats().failures).toBe(0)
  })

  it('wait for their turn when there is a new one', async () => {
    put(old(0))
    const backUp = () => Promise.reject(new Error('it was not due'))
    const schedule = await scheduleBackups({ ...common(), backUp })
    await schedule[Symbol.asyncDispose]()
    expect(schedule.stats()).toMatchObject({ failures: 0 })
    expect(schedule.stats().lastSuccessAt).toBeGreaterThan(0)
  })
})
