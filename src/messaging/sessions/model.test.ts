/** Any order of publishing, acknowledging, leaving, coming back, starting anew, crashing, and a disk that fails. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Subject, type Command } from './testing/test-model.ts'
import { openTestSessions } from './testing/test-sessions.ts'

const weighted = (weight: number, kind: Exclude<Command['kind'], 'publish' | 'acknowledge'>) => ({
  weight,
  arbitrary: fc.constant({ kind }),
})

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), which: fc.nat(6) }) },
  weighted(2, 'disconnect'),
  weighted(4, 'reconnect'),
  weighted(2, 'crash'),
  weighted(5, 'rest'),
  weighted(1, 'unsubscribe'),
  weighted(1, 'clean'),
  weighted(1, 'expire'),
  weighted(1, 'break'),
  weighted(2, 'mend'),
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
