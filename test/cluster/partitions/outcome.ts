export interface Outcome {
  what: string
  /** Milliseconds, counts. */
  figures: Record<string, number | string>
  /** What must not be; empty when all is well. */
  faults: string[]
}
