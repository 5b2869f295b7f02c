/** Lets a known device in that comes with a new certificate. */
import { renew, retireReplaced, type Renewal } from '../renewals/index.ts'
import type { Db } from '../../store/index.ts'
import type { Admission } from './admission.ts'
import { CertificateChanged, close, type FirstConnectionDeps, type NewDevice } from './first-connection.ts'
import { entryOf } from './journal-entries.ts'
import { findClosingReason } from './template-run.ts'

/** @throws {CertificateChanged} */
export async function renewDevice(
  deps: FirstConnectionDeps,
  { presentation, leaf, ca }: NewDevice,
  { predecessor, by }: Renewal,
): Promise<Admission> {
  const { accountId } = presentation
  const remember = deps.certificates.expect()
  const change = { accountId, kind: 'certificate' as const, id: predecessor.certificateId }
  const transact = <T>(work: (db: Db) => Promise<T>, apart: readonly string[]) =>
    deps.store.transact(work, () => [change], apart)
  const renewed = await renew({ ...deps, transact }, { leaf, ca, predecessor })
  if (!renewed) throw new CertificateChanged('the device, or its CA, was changed meanwhile')
  const { certificate, things, retiresAt } = renewed
  remember(certificate)
  const [thingName] = things
  deps.record(
    entryOf(presentation, 'certificate-renewed', {
      caCertificateId: ca.certificateId,
      ...(thingName !== undefined && { thingName }),
      details: { ...describeRenewal({ predecessor, by }), retires: retiresAt.toISOString() },
    }),
  )
  await deps.fabric.announce(change)
  if (retiresAt <= deps.now()) await retireReplaced(deps)
  const closing = findClosingReason(ca, certificate)
  return closing ? close(deps, presentation, closing) : { action: 'accept', certificate }
}

export const describeRenewal = ({ predecessor, by }: Pick<Renewal, 'predecessor' | 'by'>) => ({
  predecessor: predecessor.certificateId,
  knownBy: by,
})
