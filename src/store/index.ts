export { originOf, type Db } from './db.ts'
export { openStore, type NotedChange, type Store, type StoreCompanion, type StoreOptions } from './open.ts'
export type { LogCopier } from './checkpoints.ts'
export type { PendingSteps } from './migrate.ts'
export {
  askPendingSteps,
  migrateDatabase,
  openNodeStore,
  openPostgresStore,
  tryDatabase,
  viewPostgres,
} from './open-postgres.ts'
export type { NodeStore } from './postgres/open-node.ts'
export { describeDatabase } from './postgres/describe-database.ts'
export { isForeignKeyViolation } from './errors.ts'
export { bindAll, prepareQuery, type Bind } from './prepared-query.ts'
export { lockDataDirectory } from './lock.ts'
export { checkDatabase, copyDatabase, lookInto, readPendingSteps, viewDatabase } from './snapshot.ts'
export { createSecretBox, readKeyFile, type SecretBox } from './secret-box.ts'
export type { Tables } from './tables/index.ts'
export { inParts } from './savepoint.ts'
export { tryOut } from './try-out.ts'
