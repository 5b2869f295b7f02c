import type { Migration } from 'kysely/migration'

/** Forward-only, in the order of their names. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = {}
