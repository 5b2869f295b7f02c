export { openStore, type Db, type Store } from './open.ts'
export { lockDataDirectory } from './lock.ts'
export type { Tables } from './tables/index.ts'
