import { setImmediate as nextTurn } from 'node:timers/promises'

/** What is to do apart from what was done before is done in another turn of the event loop, from about this length on. */
export const longTurnMs = 0.5

/**
 * Resolves when what has arrived meanwhile was taken, and answered. The second turn comes after the event loop has looked for
 * it, the first may not; and answers that leave together at the end of a turn are on their way by then.
 */
export async function turnOfOthers(): Promise<void> {
  await nextTurn()
  await nextTurn()
}
