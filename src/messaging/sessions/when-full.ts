import { NoRoomError } from '../../fabric/in-process/index.ts'
import type { CountDropped } from './drops.ts'

/** What becomes of messages when as many wait for a session as may: the operator's choice. */
export const whenFullChoices = ['drop-newest', 'drop-oldest', 'refuse'] as const

export type WhenFull = (typeof whenFullChoices)[number]

export interface FullQueueDeps {
  whenFull: WhenFull
  countDropped: CountDropped
}

/** For a message that there is no room for: rejects with `NoRoomError` where its publisher is to know. */
export function turnAway(
  { whenFull, countDropped }: FullQueueDeps,
  topic: string,
): Promise<void> | undefined {
  countDropped(whenFull === 'refuse' ? 'refused' : 'queue-full', topic)
  return whenFull === 'refuse' ? Promise.reject(new NoRoomError()) : undefined
}
