import { setImmediate as nextTurn } from 'node:timers/promises'

/** What is to do apart from what was done before is done in another turn of the event loop, from about this length on. */
export const longTurnMs = 0.5

/**
 * Resolves when what has arrived meanwhile was taken, and answered. The event loop may not have looked for it before the first
 * turn; it has before the second, but answers leave together at its end, behind what was to be done in it already; so by the
 * third they are on their way.
 */
export async function turnOfOthers(): Promise<void> {
  await nextTurn()
  await nextTurn()
  await nextTurn()
}
