/** Milliseconds. A node is given up for dead `leaseMs` after it last renewed its lease; it gives up itself earlier. */
export const timing = {
  renewMs: 1000,
  leaseMs: 5000,
  fenceMs: 4000,
  checkMs: 200,
  /** How long a query about the lease may take. */
  leaseQueryMs: 1500,
  /** How long the database bears with a node that has its turn to write and says nothing. */
  silenceMs: 4000,
  /** How long changes are kept. Who is a member is never as far behind. */
  keepChangesMs: 3_600_000,
  pruneChangesMs: 60_000,
} as const
