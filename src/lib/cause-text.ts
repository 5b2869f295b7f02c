/** What was thrown, in its own words. */
export const causeText = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
