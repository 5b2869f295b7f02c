/** MQTT of people who are signed in to the console, with their own rights or with those of a device. */
import { AwsError, iotError } from '../api/aws/errors.ts'
import type { WireRequest } from '../api/aws/wire.ts'
import { requestConditions } from '../api/http/index.ts'
import type { Console, VisitOrigin } from '../api/console/index.ts'
import type { FindGuest } from '../gateway/ports/index.ts'
import { iotArn } from '../lib/arn.ts'
import { isCertificateId } from '../lib/x509.ts'
import type { JournalCode } from '../observability/journal/index.ts'
import { findCertificate, type DeviceCertificate } from '../pki/certificates/index.ts'
import type { Parts } from './parts.ts'

/** Of the query: a certificate id. */
const actedName = 'actAs'

export interface ActingRights {
  /**
   * The certificate with whose rights the request asks to act; `undefined` when the caller's own shall count.
   * @throws {AwsError} `AccessDeniedException` without `muster:ActAsDevice` on it, `InvalidRequestException` when it is
   * not ACTIVE; this is in the journal then
   */
  findActed: (request: WireRequest, origin: VisitOrigin) => Promise<DeviceCertificate | undefined>
  mayAct: (certificateId: string, origin: VisitOrigin) => Promise<boolean>
  tell: (code: JournalCode, origin: VisitOrigin, about: { certificateId?: string; error?: string }) => void
}

type ActingParts = Pick<Parts, 'store' | 'identities' | 'journal' | 'now'>

export function createActingRights(parts: ActingParts, region: string): ActingRights {
  const { store, identities, journal, now } = parts

  const authorize: Authorize = (certificateId, { caller, ...origin }) => {
    const resource = iotArn({ accountId: caller.accountId, region }, `cert/${certificateId}`)
    const conditions = requestConditions(origin, region)
    return identities.authorize(caller, { action: 'muster:ActAsDevice', resource, conditions })
  }

  const tell: ActingRights['tell'] = (code, { caller, sourceIp }, { certificateId, error }) =>
    journal.record({
      accountId: caller.accountId,
      code,
      at: now(),
      sourceIp,
      ...(certificateId !== undefined && { certificateId }),
      details: { identity: caller.arn, ...(error !== undefined && { error }) },
    })

  return {
    tell,
    async findActed({ query }, origin) {
      const certificateId = query.get(actedName)?.[0]
      if (certificateId === undefined) return undefined
      return getActed({ store, authorize }, certificateId, origin).catch((error: unknown) => {
        if (error instanceof AwsError) tell('act-as-device-refused', origin, { error: error.message })
        throw error
      })
    },
    mayAct: (certificateId, origin) =>
      authorize(certificateId, origin).then(
        () => true,
        () => false,
      ),
  }
}

type Authorize = (certificateId: string, origin: VisitOrigin) => Promise<void>

async function getActed(
  { store, authorize }: Pick<Parts, 'store'> & { authorize: Authorize },
  certificateId: string,
  origin: VisitOrigin,
): Promise<DeviceCertificate> {
  if (!isCertificateId(certificateId))
    throw iotError('InvalidRequestException', `${actedName} must be a certificate id: 64 hex digits`)
  await authorize(certificateId, origin)
  const certificate = await findCertificate(store.read, origin.caller.accountId, certificateId)
  const status = certificate?.status ?? 'not registered'
  if (certificate && status === 'ACTIVE') return certificate
  const message = `to act as a device takes an ACTIVE certificate, this one is ${status}`
  throw iotError('InvalidRequestException', message)
}

/** Each time that somebody acts as a device is in the journal of that device. */
export function createFindGuest(
  { getSocketVisit }: Pick<Console, 'getSocketVisit'>,
  rights: ActingRights,
): FindGuest {
  return async (request, { sourceIp, isSecure }) => {
    const { session, isAlive } = await getSocketVisit(request)
    const { caller, accessKeyId, expiresAt } = session
    const origin = { caller, sourceIp, isSecure }
    const credential = { expiresAt, ...(accessKeyId !== undefined && { accessKeyId }) }
    const actsAs = await rights.findActed(request, origin)
    if (!actsAs) return { caller, credential, mayGoOn: isAlive }
    const { certificateId } = actsAs
    rights.tell('acted-as-device', origin, { certificateId })
    const mayGoOn = async () => (await isAlive()) && (await rights.mayAct(certificateId, origin))
    return { caller, credential, actsAs, mayGoOn }
  }
}
