/** What a connection would set off, without one: for certificates that wait for a decision. */
import { commitsOf } from '../../fabric/in-process/index.ts'
import { iotError } from '../../api/aws/errors.ts'
import { chunksOf } from '../../lib/chunks.ts'
import { decodePem } from '../../lib/pem.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import {
  findCaCertificate,
  findCertificate,
  getCaCertificate,
  getCertificate,
  listRegistered,
  setApproved,
  type CaCertificate,
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
type ApproveDeps = RetryDeps & Pick<FirstConnectionDeps, 'fabric'>

/**
 * Publishes the registration event again, or runs the template again, as the CA says now.
 * @throws {AwsError} `ResourceNotFoundException`; `InvalidRequestException` when the certificate does not wait
 */
export async function retry(deps: RetryDeps, attempt: Attempt, request: RetryRequest): Promise<Retried> {
  const { accountId, certificateId } = request
  const known = await getCertificate(deps.store.read, accountId, certificateId)
  if (known.status === 'PENDING_ACTIVATION')
    return retryPending(deps, attempt, request, { known, code: 'retried' })
  throw iotError(
    'InvalidRequestException',
    `only a certificate that is PENDING_ACTIVATION can be tried again; ${certificateId} is ${known.status}`,
  )
}

/**
 * Lets a device in that waits for a person's word, and decides about it at once.
 * @throws {AwsError} `ResourceNotFoundException`; `InvalidRequestException` when it waits for none
 */
export async function approve(deps: ApproveDeps, attempt: Attempt, request: RetryRequest): Promise<Retried> {
  const { accountId, certificateId } = request
  const { read } = deps.store
  const { caCertificateId, status } = await getCertificate(read, accountId, certificateId)
  if (status !== 'PENDING_ACTIVATION')
    throw iotError(
      'InvalidRequestException',
      `only a certificate that is PENDING_ACTIVATION can be approved; ${certificateId} is ${status}`,
    )
  const ca =
    caCertificateId === undefined ? undefined : await findCaCertificate(read, accountId, caCertificateId)
  checkAsksForApproval(ca)
  const retried = await approvePending(deps, attempt, request, certificateId)
  if (retried) return retried
  throw iotError('ConflictException', `certificate ${certificateId} was decided about meanwhile`)
}

function checkAsksForApproval(ca: CaCertificate | undefined): void {
  if (ca?.options.firstConnection === 'approve') return
  throw iotError(
    'InvalidRequestException',
    'the CA certificate asks for no approval: it has no tag muster:first-connection=approve',
  )
}

/** `undefined` when somebody has decided about it meanwhile. */
async function approvePending(
  deps: ApproveDeps,
  attempt: Attempt,
  who: Omit<RetryRequest, 'certificateId'>,
  certificateId: string,
): Promise<Retried | undefined> {
  const { accountId } = who
  const commit = commitsOf(deps, 'certificate')
  const approved = await commit(accountId, certificateId, (db) =>
    setApproved(db, { accountId, certificateId, now: deps.now() }),
  )
  if (!approved) return undefined
  const now = await retryPending(deps, attempt, who, { known: approved, code: 'approved' })
  if (now.code !== 'approval-awaited') return now
  // an attempt that was under way did not know of it yet, and was shared
  return retryPending(deps, attempt, who, { known: approved, code: 'retried' })
}

async function retryPending(
  { store, record, now }: RetryDeps,
  attempt: Attempt,
  { accountId, by, sourceIp }: Omit<RetryRequest, 'certificateId'>,
  { known, code }: { known: DeviceCertificate; code: 'retried' | 'approved' },
): Promise<Retried> {
  const { certificateId, caCertificateId } = known
  const presentation: Presentation = { accountId, certificateId, sourceIp, protocol: 'api', at: now() }
  record(
    entryOf(presentation, code, {
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
  /** Whether they are approved too. */
  isApproval?: boolean
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

/**
 * Tries the certificates of a CA again that wait, oldest first, a page at a time.
 * @throws {AwsError} `ResourceNotFoundException`; `InvalidRequestException` when they are to be approved and wait for none
 */
export async function replay(
  deps: ApproveDeps,
  attempt: Attempt,
  { caCertificateId, from, to, nextToken: marker, isApproval, ...who }: ReplayRequest,
): Promise<Replayed> {
  const { accountId } = who
  const ca = await getCaCertificate(deps.store.read, accountId, caCertificateId)
  if (isApproval) checkAsksForApproval(ca)
  const question = { accountId, caCertificateId, from, to, marker, limit: replayPage }
  const { certificates, nextMarker } = await listRegistered(deps.store.read, question)
  const waiting = certificates.filter(({ status }) => status === 'PENDING_ACTIVATION')
  const retryWaiting = async ({ certificateId }: { certificateId: string }) => {
    if (isApproval) return (await approvePending(deps, attempt, who, certificateId)) ?? []
    const known = await findCertificate(deps.store.read, accountId, certificateId)
    // somebody may have decided about it meanwhile
    return known?.status === 'PENDING_ACTIVATION'
      ? await retryPending(deps, attempt, who, { known, code: 'retried' })
      : []
  }
  const retried: Retried[] = []
  for (const some of chunksOf(waiting, replayedAtOnce))
    retried.push(...(await Promise.all(some.map(retryWaiting))).flat())
  return { retried, ...(nextMarker !== undefined && { nextToken: nextMarker }) }
}
