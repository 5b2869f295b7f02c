/**
 * In which form nodes speak to each other, so that nodes of neighbouring versions do while they are replaced one after
 * another. What is only added (a kind of word, question, or entry, or a member of one) is passed over by who does not know
 * it, and is no new form. See docs/decisions/0044-nodes-of-two-versions.md.
 */

/** The forms that a version understands: the newest, and that of the version before it. */
export interface Wire {
  from: number
  to: number
}

export const ownWire: Wire = { from: 1, to: 2 }

/** Nodes that speak it announce each session that begins (0050). What they send looks like form 1. */
export const sessionsAreTold = 2

/** The newest form that all of them understand, to be spoken; undefined when there is none. */
export function commonForm(wires: readonly Wire[]): number | undefined {
  const newest = Math.min(...wires.map(({ to }) => to))
  return wires.every(({ from }) => from <= newest) ? newest : undefined
}
