/**
 * What the journal's codes are called in AWS's log.
 * assumed: AWS documents no event types for just-in-time registration; `RegisterCertificate` is Muster's.
 */
import { reasonCodes, type JournalCode, type JournalEntry } from '../journal/index.ts'
import type { IotLogEntry, IotLogLevel } from './iot-log-entry.ts'

interface LoggedAs {
  eventType: string
  status: 'Success' | 'Failure'
  level: IotLogLevel
  reason?: string
  /** A sentence that AWS has; the code's meaning when absent. */
  details?: string
}

const failure = (eventType: string, reason?: string, details?: string): LoggedAs => ({
  eventType,
  status: 'Failure',
  level: 'ERROR',
  ...(reason !== undefined && { reason }),
  ...(details !== undefined && { details }),
})

const success = (eventType: string, reason?: string, details?: string): LoggedAs => ({
  ...failure(eventType, reason, details),
  status: 'Success',
  level: 'INFO',
})

const unauthenticated = (reason: string) => failure('Connection.AuthNError', reason)
const unauthorized = (eventType: string) =>
  failure(eventType, 'AUTHORIZATION_FAILURE', 'Authorization Failure')

/** Codes that are not here are not logged. */
const loggedAs: Partial<Record<JournalCode, LoggedAs>> = {
  'handshake-failed': unauthenticated('NOT_AUTHENTICATED'),
  'no-certificate': unauthenticated('NOT_AUTHENTICATED'),
  // assumed: the guide has reasons of its own for them, and does not tell which
  'authorizer-not-found': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-inactive': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-not-overridable': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-token-missing': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-signature-invalid': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-not-permitted': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-function-failed': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-timed-out': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-answer-invalid': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-denied': unauthenticated('NOT_AUTHENTICATED'),
  'authorizer-expired': success('Disconnect', 'CUSTOMAUTH_TTL_EXPIRATION'),
  'signature-refused': unauthenticated('NOT_AUTHENTICATED'),
  'certificate-malformed': unauthenticated('NOT_AUTHENTICATED'),
  'certificate-expired': unauthenticated('DEVICE_CERTIFICATE_INACTIVE'),
  'certificate-not-yet-valid': unauthenticated('DEVICE_CERTIFICATE_INACTIVE'),
  'certificate-inactive': unauthenticated('DEVICE_CERTIFICATE_INACTIVE'),
  'certificate-pending-transfer': unauthenticated('DEVICE_CERTIFICATE_INACTIVE'),
  'certificate-revoked': unauthenticated('DEVICE_CERTIFICATE_REVOKED'),
  'revoked-by-crl': unauthenticated('DEVICE_CERTIFICATE_REVOKED'),
  'revocation-unknown': unauthenticated('NOT_AUTHENTICATED'),
  'ca-unknown': unauthenticated('DEVICE_CERTIFICATE_NOT_REGISTERED'),
  'certificate-given-away': unauthenticated('DEVICE_CERTIFICATE_NOT_REGISTERED'),
  'ca-inactive': unauthenticated('DEVICE_CERTIFICATE_NOT_REGISTERED'),
  'ca-expired': unauthenticated('DEVICE_CERTIFICATE_NOT_REGISTERED'),
  'auto-registration-off': unauthenticated('DEVICE_CERTIFICATE_NOT_REGISTERED'),
  'certificate-registered': success('RegisterCertificate'),
  'registration-announced': success('RegisterCertificate', 'PENDING_ACTIVATION'),
  provisioned: success('ProvisionDevice'),
  'provisioning-failed': failure('ProvisionDevice'),
  'first-connection-closed': success('Disconnect', 'SERVER_INITIATED_DISCONNECT'),
  connected: success('Connect', undefined, ''),
  'connect-denied': unauthorized('Connect'),
  'will-denied': unauthorized('Connect'),
  'publish-denied': unauthorized('Publish-In'),
  'subscribe-denied': unauthorized('Subscribe'),
  'receive-denied': unauthorized('Publish-Out'),
  'protocol-error': failure('Disconnect', 'CLIENT_ERROR'),
  'limit-exceeded': failure('Disconnect', 'CLIENT_ERROR'),
  'keep-alive-timeout': success('Disconnect', 'MQTT_KEEP_ALIVE_TIMEOUT'),
  'client-replaced': success(
    'Disconnect',
    'DUPLICATE_CLIENT_ID',
    'A new connection was established with the same client ID',
  ),
  'websocket-expired': success('Disconnect', 'WEBSOCKET_TTL_EXPIRATION'),
  disconnected: success('Disconnect', 'CLIENT_INITIATED_DISCONNECT'),
  'connection-lost': success('Disconnect', 'CONNECTION_LOST'),
  'server-stopping': success('Disconnect', 'SERVER_INITIATED_DISCONNECT'),
  'connection-deleted': success('Disconnect', 'API_INITIATED_DISCONNECT'),
  'connect-no-longer-allowed': failure('Disconnect', 'FORBIDDEN_ACCESS'),
  'subscription-no-longer-allowed': unauthorized('Subscribe'),
  'certificate-deleted': failure('Disconnect', 'AUTH_ERROR'),
  'internal-failure': failure('Disconnect', 'SERVER_ERROR'),
}

/** The types of entries that come from the journal and the message broker. */
export const eventTypes: readonly string[] = [
  ...new Set(Object.values(loggedAs).map(({ eventType }) => eventType)),
].toSorted()

/** What AWS's log calls a decision; `undefined` for what it does not have. */
export const eventTypeOf = (code: JournalCode): string | undefined => loggedAs[code]?.eventType

/** `undefined` for what AWS's log does not have. */
export function toIotLogEntry(entry: JournalEntry): IotLogEntry | undefined {
  const logged = loggedAs[entry.code]
  if (!logged) return undefined
  const { accountId, at, clientId, certificateId, sourceIp, thingName } = entry
  const { level, eventType, status, reason } = logged
  return {
    accountId,
    level,
    eventType,
    status,
    at,
    clientId,
    sourceIp,
    thingName,
    reason,
    principalId: fact(entry, 'principalId') ?? certificateId,
    protocol: /^http/i.test(fact(entry, 'protocol') ?? '') ? 'HTTP' : 'MQTT',
    topicName: topicName(fact(entry, 'resource')),
    details: detailsOf(entry, logged),
    ...(eventType === 'ProvisionDevice' && {
      provisioningTemplateName: fact(entry, 'template'),
      deviceCertificateId: certificateId,
    }),
  }
}

function fact({ details }: JournalEntry, name: string): string | undefined {
  const value = details?.[name]
  return value === undefined ? undefined : String(value)
}

/** From `arn:aws:iot:<region>:<account id>:topic/<topic>` and `...:topicfilter/<filter>`. */
function topicName(resource: string | undefined): string | undefined {
  return /^arn:[^:]*:iot:[^:]*:[^:]*:topic(?:filter)?\/(.+)$/s.exec(resource ?? '')?.[1]
}

/** What the code means, and the facts that decided. */
function detailsOf(entry: JournalEntry, { details = reasonCodes[entry.code].meaning }: LoggedAs) {
  const facts = ['step', 'error', 'text', 'decision'].map((name) => fact(entry, name))
  const text = [details, ...facts].filter((part) => part !== undefined && part !== '').join(' ')
  return text === '' ? undefined : text
}
