/**
 * Who of a CA's devices may come at all: none that the account has given away; known ones; those on its allow-list, only so
 * many, and with a person's word.
 */
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import { describeSource } from '../../lib/outbound/named-source.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import { findDeviceCount, type CaCertificate, type DeviceCertificate } from '../../pki/certificates/index.ts'
import type { Store } from '../../store/index.ts'
import { AllowListError, type AllowedDevice, type AllowLists } from '../allow-lists/index.ts'
import { recognize, type Renewal } from '../renewals/index.ts'
import type { RevocationLists } from '../../pki/revocation-lists/index.ts'
import type { EntryDetails } from './journal-entries.ts'

export interface VettingDeps {
  store: Pick<Store, 'read'>
  /** Without it no device of a CA with an allow-list comes. */
  allowLists?: Pick<AllowLists, 'find'>
  revocationLists?: Pick<RevocationLists, 'judge'>
  /** Without it no certificate was given to another account. */
  findReceiver?: FindReceiver
}

/** The account that has accepted the certificate from this one. */
export type FindReceiver = (accountId: string, certificateId: string) => MaybePromise<string | undefined>

interface Newcomer {
  leaf: ParsedCertificate
  known: DeviceCertificate | undefined
  ca: CaCertificate
}

export type Vetting =
  | { outcome: 'refuse'; code: JournalCode; details: EntryDetails }
  | { outcome: 'await-approval' }
  | { outcome: 'renew'; renewal: Renewal }
  /** `parameters`: what the allow-list says for its template. */
  | { outcome: 'let-in'; parameters?: ReadonlyMap<string, string> }

/** Asked of a device whose CA lets devices in by itself, each time it comes until somebody has decided about it. */
export async function vet(deps: VettingDeps, newcomer: Newcomer): Promise<Vetting> {
  const { ca, known } = newcomer
  const receiver = known ? undefined : await deps.findReceiver?.(ca.accountId, newcomer.leaf.certificateId)
  if (receiver !== undefined)
    return { outcome: 'refuse', code: 'certificate-given-away', details: { to: receiver } }
  const recognized = known ? undefined : await findPredecessor(deps, newcomer)
  if (recognized) return recognized // a device that is known is not asked again
  const listed = await findListed(deps, newcomer)
  if (listed && 'outcome' in listed) return listed
  const excess = await findExcess(deps, newcomer)
  if (excess) return excess
  if (ca.options.firstConnection === 'approve' && !known?.approvedAt) return { outcome: 'await-approval' }
  return { outcome: 'let-in', ...(listed && { parameters: listed.parameters }) }
}

/** `undefined`: it is new. */
async function findPredecessor(deps: VettingDeps, { leaf, ca }: Newcomer): Promise<Vetting | undefined> {
  const found = await recognize(deps, deps.store.read, { leaf, ca })
  switch (found.outcome) {
    case 'stranger':
      return undefined
    case 'renewal':
      return { outcome: 'renew', renewal: found.renewal }
    case 'refuse':
      return { outcome: 'refuse', code: found.code, details: describePredecessor(found.predecessor) }
  }
}

const describePredecessor = ({ certificateId, status, replacedBy }: DeviceCertificate): EntryDetails => ({
  predecessor: certificateId,
  status,
  ...(replacedBy !== undefined && { replacedBy }),
})

/** `undefined`: its CA has no list. */
async function findListed(
  { allowLists }: VettingDeps,
  { leaf, ca }: Newcomer,
): Promise<AllowedDevice | Vetting | undefined> {
  const { allowList } = ca.options
  if (!allowList) return undefined
  const details = { list: describeSource(allowList) }
  try {
    const list = await allowLists?.find(ca.accountId, allowList)
    if (!list) throw new AllowListError('cannot be read here')
    const found = list.find(leaf)
    if (found) return found
    return { outcome: 'refuse', code: 'not-on-allow-list', details: { ...details, ...describe(leaf) } }
  } catch (error) {
    if (!(error instanceof AllowListError)) throw error
    return { outcome: 'refuse', code: 'allow-list-unusable', details: { ...details, error: error.message } }
  }
}

/** As a list may name it. */
function describe({ certificateId, serialNumber, subjectKeyId, subject }: ParsedCertificate): EntryDetails {
  const [commonName] = subject.get('CommonName')
  return {
    fingerprint: certificateId,
    ...(subjectKeyId !== undefined && { 'subject-key-id': subjectKeyId }),
    'serial-number': serialNumber,
    ...(commonName !== undefined && { 'common-name': commonName }),
  }
}

/** One that is registered has its place. The transaction that registers another counts again. */
async function findExcess({ store }: VettingDeps, { ca, known }: Newcomer): Promise<Vetting | undefined> {
  const { accountId, certificateId: caCertificateId, options } = ca
  const { maxDevices } = options
  if (maxDevices === undefined || known) return undefined
  const devices = await findDeviceCount(store.read, { accountId, caCertificateId })
  if (devices < maxDevices) return undefined
  return { outcome: 'refuse', code: 'device-limit', details: { limit: maxDevices } }
}
