/** PostgreSQL's driver takes a while to load, and most servers have no use for it. */
import type { migrateDatabase as Migrate } from './postgres/migrate-database.ts'
import type { openPostgresStore as Open } from './postgres/open.ts'
import type { askPendingSteps as Ask, tryDatabase as Try } from './postgres/try-database.ts'
import type { viewPostgres as View } from './postgres/connections.ts'
import type { openNodeStore as OpenNode } from './postgres/open-node.ts'

export const openPostgresStore: typeof Open = async (...given) =>
  (await import('./postgres/open.ts')).openPostgresStore(...given)

export const openNodeStore: typeof OpenNode = async (...given) =>
  (await import('./postgres/open-node.ts')).openNodeStore(...given)

export const migrateDatabase: typeof Migrate = async (...given) =>
  (await import('./postgres/migrate-database.ts')).migrateDatabase(...given)

export const tryDatabase: typeof Try = async (...given) =>
  (await import('./postgres/try-database.ts')).tryDatabase(...given)

export const viewPostgres: typeof View = async (url, work) =>
  (await import('./postgres/connections.ts')).viewPostgres(url, work)

export const askPendingSteps: typeof Ask = async (...given) =>
  (await import('./postgres/try-database.ts')).askPendingSteps(...given)
