/**
 * How long tests wait for a fact. It costs nothing when the fact comes, and a busy machine is no failure; what never
 * comes fails all the same.
 */
export const patienceMs = 300_000
