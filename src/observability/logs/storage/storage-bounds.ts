/** How much log groups may hold. */

export interface StorageBounds {
  /** What goes beyond is removed, the oldest first. */
  maxEventsPerGroup: number
  /** Of the messages, and 26 bytes for each. */
  maxBytesPerGroup: number
  /** Beyond it, the streams that were written to least recently are deleted. */
  maxStreamsPerGroup: number
}

/** What a group has too much of. */
export interface Excess {
  events: number
  bytes: number
  /** Epoch milliseconds: what is older has expired. */
  expiry: number
}

/** Pure. How many of the oldest events have to go. */
export function countExcess(
  oldest: readonly { timestamp: number; bytes: number }[],
  { events, bytes, expiry }: Excess,
): number {
  let freed = 0
  for (const [index, event] of oldest.entries()) {
    if (index >= events && freed >= bytes && event.timestamp >= expiry) return index
    freed += event.bytes
  }
  return oldest.length
}
