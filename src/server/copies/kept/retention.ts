/** Which copies nobody needs any more. Pure. */
import type { Generation } from './layout.ts'

export interface DatedGeneration extends Generation {
  /** When each of its snapshots begins to be of use, epoch milliseconds. */
  starts: ReadonlyMap<number, number>
}

interface Surplus {
  /** Names of those to remove whole. */
  generations: string[]
  /** Of those that stay. */
  segments: { name: string; number: number }[]
  snapshots: { name: string; number: number }[]
}

/**
 * What is not needed to restore to any time from `since` on, epoch milliseconds. Of the generations without a snapshot
 * only that which is being written is worth anything.
 */
export function decideSurplus(
  generations: readonly DatedGeneration[],
  { since, current }: { since: number; current: string },
): Surplus {
  const all = generations.flatMap(({ name, starts }) =>
    [...starts].map(([number, startsAt]) => ({ name, number, startsAt })),
  )
  const base = all
    .filter(({ startsAt }) => startsAt <= since)
    .toSorted((a, b) => a.startsAt - b.startsAt)
    .at(-1)
  const isOld = ({ startsAt }: { startsAt: number }) => base !== undefined && startsAt < base.startsAt
  const isNeeded = ({ name }: { name: string }) =>
    name === current || all.some((one) => one.name === name && !isOld(one))
  const staying = generations.filter(isNeeded)
  const first = (name: string) =>
    Math.min(...all.filter((one) => one.name === name && !isOld(one)).map(({ number }) => number))
  return {
    generations: generations.filter((one) => !isNeeded(one)).map(({ name }) => name),
    segments: staying.flatMap(({ name, segments, starts }) =>
      segments
        .filter((number) => starts.size > 0 && number < first(name))
        .map((number) => ({ name, number })),
    ),
    snapshots: all.filter((one) => isOld(one) && isNeeded(one)).map(({ name, number }) => ({ name, number })),
  }
}
