/** What is acknowledged, or seen by a reader, survives a power cut: a disk that keeps of each file what was synced. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { afterPowerCut, canShimDisk, slowDisk, watchedDisk } from '../../test/helpers/disk-shim.ts'
import { openStore } from './index.ts'

/** One is longer than the store waits for company, so that a batch is open while the disk is waited for. */
const delaysMs = [0, 5, 30]
const cuts = delaysMs.length
const numbersACut = 200

/** Writes until it is killed; resolves with the numbers that it had by then said to be written. */
async function writeUntilKilled(
  directory: string,
  kept: string,
  first: number,
  delayMs: number,
): Promise<number[]> {
  const child = spawn(
    process.execPath,
    [resolve('test/helpers/store-writer.ts'), join(directory, 'muster.db'), String(first)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...slowDisk(delayMs), ...watchedDisk(directory, kept) },
    },
  )
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.split('\n').length > 2 * numbersACut) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return output.split('\n').slice(0, -1).map(Number)
}

async function expectAllThere(directory: string, numbers: readonly number[]): Promise<void> {
  await using store = await openStore(join(directory, 'muster.db'))
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(store.read)
  expect(rows).toEqual([{ integrity_check: 'ok' }])
  const there = await store.read.selectFrom('retained_messages').select('topic').execute()
  const topics = new Set(there.map(({ topic }) => Number(topic)))
  expect(numbers.filter((number) => !topics.has(number))).toEqual([])
}

it.skipIf(!canShimDisk)(
  'has everything acknowledged after a power cut, whichever file the disk had got further with',
  async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'muster-power-cut-'))
    let directory = mkdtempSync(join(scratch, 'data-'))
    const acknowledged: number[] = []
    for (let cut = 0; cut < cuts; cut++) {
      const kept = join(scratch, `kept-${cut}`)
      const first = Math.max(-1, ...acknowledged) + 1000
      acknowledged.push(...(await writeUntilKilled(directory, kept, first, delaysMs[cut] ?? 0)))
      for (const further of [['muster.db'], ['muster.db-wal'], []]) {
        const copy = mkdtempSync(join(scratch, 'copy-'))
        afterPowerCut(kept, directory, copy, further)
        await expectAllThere(copy, acknowledged)
      }
      const left = mkdtempSync(join(scratch, 'data-'))
      afterPowerCut(kept, directory, left)
      directory = left
    }
    expect(new Set(acknowledged).size).toBeGreaterThan(cuts * numbersACut * 0.5)
    rmSync(scratch, { recursive: true })
  },
)
