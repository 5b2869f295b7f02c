/** Any order of publishing, acknowledging, leaving, coming back, and crashing. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Subject, type Command } from './test-model.ts'
import { openTestSessions } from './test-sessions.ts'

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), which: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'disconnect' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'reconnect' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'rest' as const }) },
)

it.each([1, 2] as const)('keeps QoS %i messages whatever happens', async (qos) => {
  await using test = await openTestSessions()
  const holds = fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
      const run = await test.start({ sessionPageSize: 4 })
      const clean = await run.connect('client', { isCleanStart: true })
      clean.disconnect()
      const subject = new Subject(test, run, qos)
      for (const next of [{ kind: 'reconnect' } as const, ...commands]) await subject.run(next)
      await subject.finish()
    }),
    { numRuns: 150 },
  )
  await expect(holds).resolves.toBeUndefined()
})
