import type { FindAccount } from '../gateway/ports/index.ts'
import { findAccountOf, findReceiver, rememberCas } from '../pki/certificates/index.ts'
import type { FindReceiver } from '../onboarding/admission/index.ts'
import type { BaseParts } from './base-parts.ts'

/** By the name that it asked for, else by its certificate, else the first. Asked for every connection of a device. */
export function createFindAccount({
  accounts,
  store,
  fabric,
}: Pick<BaseParts, 'accounts' | 'store' | 'fabric'>): FindAccount {
  const deps = { read: store.read, findCas: rememberCas({ store, fabric }) }
  return ({ domain, certificate }) => {
    if (domain) return accounts.isOpen(domain.accountId) ? domain.accountId : undefined
    const accountIds = accounts.openIds()
    if (accountIds.length === 1 || !certificate) return accounts.firstId
    return findAccountOf(deps, accountIds, certificate).then((found = accounts.firstId) =>
      accounts.isOpen(found) ? found : undefined,
    )
  }
}

/** Asked for every new device: where there is one account, none has given anything to another. */
export const createFindReceiver =
  ({ accounts, store }: Pick<BaseParts, 'accounts' | 'store'>): FindReceiver =>
  (accountId, certificateId) =>
    accounts.list().length < 2 ? undefined : findReceiver(store.read, accountId, certificateId)
