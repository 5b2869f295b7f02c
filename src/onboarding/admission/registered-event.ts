import type { CaCertificate, DeviceCertificate } from '../../pki/certificates/index.ts'
import type { Message } from '../../fabric/in-process/index.ts'

/** Who connected, as context for rules. */
export interface Presenter {
  clientId?: string | undefined
  sourceIp: string
}

/**
 * Tells rules that a device waits for activation; sent each time a pending certificate is presented.
 * Source: AWS IoT Developer Guide, "Just-in-time registration"; `certificateRegistrationTimestamp` is null when the
 * certificate has just been registered, else the epoch milliseconds of its registration as text.
 */
export function registeredEvent(
  certificate: DeviceCertificate,
  ca: CaCertificate,
  { isNew, presenter, now }: { isNew: boolean; presenter: Presenter; now: Date },
): Message {
  const { accountId, certificateId } = certificate
  const { clientId, sourceIp } = presenter
  const event = {
    certificateId,
    caCertificateId: ca.certificateId,
    timestamp: now.getTime(),
    certificateStatus: 'PENDING_ACTIVATION',
    awsAccountId: accountId,
    certificateRegistrationTimestamp: isNew ? null : String(certificate.creationDate.getTime()),
  }
  return {
    accountId,
    topic: `$aws/events/certificates/registered/${ca.certificateId}`,
    payload: Buffer.from(JSON.stringify(event)),
    qos: 1,
    retain: false,
    publisher: { ...(clientId !== undefined && { clientId }), principal: certificateId, sourceIp },
  }
}
