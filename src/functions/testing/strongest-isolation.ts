import type { Isolation } from '../environments/sandbox.ts'
import { openTestAccount } from './test-account.ts'

/** What functions are kept apart by on this machine when nobody says how. */
export async function findStrongest(): Promise<Isolation> {
  await using account = await openTestAccount()
  return await account.functions.isolation()
}
