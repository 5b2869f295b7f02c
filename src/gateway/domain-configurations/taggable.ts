import type { Db } from '../../store/index.ts'
import { findDomainConfiguration } from './store.ts'

/** `name` as an ARN ends: with the id behind the configuration's name. */
export async function findTaggableDomainConfiguration(db: Db, accountId: string, name: string) {
  return findDomainConfiguration(db, accountId, name.replace(/\/[a-z]{5}$/, ''))
}
