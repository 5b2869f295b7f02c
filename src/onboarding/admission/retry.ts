/** What a connection would set off, without one: for certificates that wait for a decision. */
import { iotError } from '../../api/aws/errors.ts'
import { decodePem } from '../../lib/pem.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import {
  findCertificate,
  getCertificate,
  listRegistered,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import type { Admission } from './admission.ts'
import type { FirstConnectionDeps, Presented } from './first-connection.ts'
import { entryOf, type Presentation } from './journal-entries.ts'

export interface RetryRequest {
  accountId: string
  certificateId: string
  /** Who asks, and from where. */
  by: string
  sourceIp: string
}

export interface Retried {
  certificateId: string
  /** `provisioned`, `registration-announced`, or why not. */
  code: JournalCode
  /** As it is now. */
  status: string
  /** Why it waits, where a template could not be carried out. */
  pendingReason?: string
}

/** Decides as about a device that connects, once for all who ask at the same time. */
export type Attempt = (presented: Presented) => Promise<Admission>

type RetryDeps = Pick<FirstConnectionDeps, 'store' | 'record' | 'now'>

/**
 * Publishes the registration event again, or runs the template again, as the CA says now.
 * @throws {AwsError} `ResourceNotFoundException`; `InvalidRequestException` when the certificate does not wait
 */
export async function retry(deps: RetryDeps, attempt: Attempt, request: RetryRequest): Promise<Retried> {
  const { accountId, certificateId } = request
  const known = await getCertificate(deps.store.read, accountId, certificateId)
  if (known.status === 'PENDING_ACTIVATION') return retryPending(deps, attempt, request, known)
  throw iotError(
    'InvalidRequestException',
    `only a certificate that is PENDING_ACTIVATION can be tried again; ${certificateId} is ${known.status}`,
  )
}

async function retryPending(
  { store, record, now }: RetryDeps,
  attempt: Attempt,
  { accountId, by, sourceIp }: Omit<RetryRequest, 'certificateId'>,
  known: DeviceCertificate,
): Promise<Retried> {
  const { certificateId, caCertificateId } = known
  const presentation: Presentation = { accountId, certificateId, sourceIp, protocol: 'api', at: now() }
  record(
    entryOf(presentation, 'retried', {
      ...(caCertificateId !== undefined && { caCertificateId }),
      details: { by },
    }),
  )
  const der = decodePem(known.certificatePem, 'CERTIFICATE')
  const admission = await attempt({ presentation, certificate: { certificateId, der }, known })
  const { status, pendingReason } = (await findCertificate(store.read, accountId, certificateId)) ?? known
  return {
    certificateId,
    code: admission.action === 'accept' ? 'provisioned' : admission.code,
    status,
    ...(pendingReason !== undefined && status === 'PENDING_ACTIVATION' && { pendingReason }),
  }
}

export interface ReplayRequest extends Omit<RetryRequest, 'certificateId'> {
  caCertificateId: string
  /** When the certificates were registered, both inclusive. */
  from: Date
  to: Date
  /** Where an earlier answer ended. */
  nextToken?: string | undefined
}

export interface Replayed {
  retried: readonly Retried[]
  /** There is more. */
  nextToken?: string
}

/** Certificates that are looked at a call; those of them that wait are tried again. */
const replayPage = 100
/** At the same time: each may wait for the disk, or for its rules. */
const replayedAtOnce = 8

/** Tries the certificates of a CA again that wait, oldest first, a page at a time. */
export async function replay(
  deps: RetryDeps,
  attempt: Attempt,
  { caCertificateId, from, to, nextToken: marker, ...who }: ReplayRequest,
): Promise<Replayed> {
  const { accountId } = who
  const question = { accountId, caCertificateId, from, to, marker, limit: replayPage }
  const { certificates, nextMarker } = await listRegistered(deps.store.read, question)
  const waiting = certificates.filter(({ status }) => status === 'PENDING_ACTIVATION')
  const retryWaiting = async ({ certificateId }: { certificateId: string }) => {
    const known = await findCertificate(deps.store.read, accountId, certificateId)
    // somebody may have decided about it meanwhile
    return known?.status === 'PENDING_ACTIVATION' ? [await retryPending(deps, attempt, who, known)] : []
  }
  const retried: Retried[] = []
  for (let at = 0; at < waiting.length; at += replayedAtOnce) {
    const some = await Promise.all(waiting.slice(at, at + replayedAtOnce).map(retryWaiting))
    retried.push(...some.flat())
  }
  return { retried, ...(nextMarker !== undefined && { nextToken: nextMarker }) }
}
