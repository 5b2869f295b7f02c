import type { Fabric } from '../../fabric/in-process/index.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import type { Store } from '../../store/index.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { findCasBySubject } from './ca-store.ts'

export type FindCasBySubject = (
  accountId: string,
  subjectKey: string,
) => MaybePromise<readonly CaCertificate[]>

const maxKept = 1000

/**
 * Finds CAs as `findCasBySubject` does and remembers them, since a CA's devices come in numbers. When the announcement
 * of a change resolves, nothing older than the change is remembered. That there is none is not: names cost a stranger nothing.
 */
export function rememberCas({
  store,
  fabric,
}: {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
}): FindCasBySubject {
  let known = new RecentMap<readonly CaCertificate[]>(maxKept)
  fabric.onChange(({ kind }) => {
    if (kind === 'ca-certificate') known = new RecentMap(maxKept)
  })

  async function read(key: string, accountId: string, subjectKey: string) {
    const current = known // what was read while something changed goes with it
    const found = await findCasBySubject(store.read, accountId, subjectKey)
    if (found.length > 0) current.set(key, found)
    return found
  }

  return (accountId, subjectKey) => {
    const key = `${accountId}/${subjectKey}`
    return known.get(key) ?? read(key, accountId, subjectKey)
  }
}
