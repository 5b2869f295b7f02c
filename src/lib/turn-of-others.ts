import { setImmediate as nextTurn } from 'node:timers/promises'

/** What is to do apart from what was done before is done in another turn of the event loop, from about this length on. */
export const longTurnMs = 0.5

/** As long goes on what nobody waits for, or what is made of many small steps: three turns are a tenth of it at most. */
const pieceMs = 1

/** Of what takes a right from those who have lost it: longer than other pieces, as that is to be soon. */
export const enforcementPieceMs = 2

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

/**
 * For work of many steps, with a pause to wait for after each: there is none until a piece has lasted, and then it is the turn of
 * others. A transaction of the store begins with such a turn, so between transactions none is needed.
 */
export function inPieces(lastsMs = pieceMs): () => Promise<void> | undefined {
  let begunAt = performance.now()
  return () => {
    if (performance.now() - begunAt < lastsMs) return undefined
    return turnOfOthers().then(() => void (begunAt = performance.now()))
  }
}
