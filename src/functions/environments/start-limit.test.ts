import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { lacks } from '../../../test/helpers/programs.ts'
import { openTestAccount } from '../testing/test-account.ts'
import { waitedMsOf } from './processes.ts'
import { nextLookMs } from './start-limit.ts'

const limitMs = 30_000

it.each([
  ['has just begun', { elapsedMs: 0, waitedMs: 0 }, 1000],
  ['is nearly out of time', { elapsedMs: 29_800, waitedMs: 0 }, 200],
  ['waited for a processor most of the time', { elapsedMs: 60_000, waitedMs: 55_000 }, 1000],
  ['is out of time', { elapsedMs: 30_000, waitedMs: 0 }, 0],
  ['had its time in spite of waiting', { elapsedMs: 60_000, waitedMs: 30_000 }, 0],
  ['would wait for ever', { elapsedMs: 300_000, waitedMs: 300_000 }, 0],
  ['has many processes that wait', { elapsedMs: 1000, waitedMs: 90_000 }, 1000],
])('a start that %s', (_, start, expected) => expect(nextLookMs({ limitMs, ...start })).toBe(expected))

it.skipIf(process.platform !== 'linux' || lacks('taskset'))(
  'sees how long processes wait for a processor that others keep busy',
  async () => {
    const busy = Array.from({ length: 3 }, () =>
      spawn('taskset', ['-c', '0', process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' }),
    )
    try {
      await expect.poll(() => waitedMsOf(busy.map(({ pid = 0 }) => pid))).toBeGreaterThan(200)
    } finally {
      for (const child of busy) child.kill('SIGKILL')
    }
  },
)

it('a start that takes too long is ended by its own limit, and the log names it', async () => {
  await using account = await openTestAccount({ startLimitMs: 1500 })
  await account.create('slow', { 'index.js': 'for (;;);' }, { Timeout: 900 })
  const { answer, logResult } = await account.invoke('slow', {}, { LogType: 'Tail' })
  expect(answer).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(/Error: Start of the environment timed out after \d+\.\d\d seconds$/),
  })
  expect(logResult).toMatch(/Z \S+ Start of the environment timed out after/)
  expect(logResult).not.toContain('Task timed out')
})
