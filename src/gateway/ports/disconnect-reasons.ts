/**
 * Why a connection ended, in the words of lifecycle events: the one table.
 * Source: AWS IoT Developer Guide, "Lifecycle events".
 */
import type { JournalCode } from '../../observability/journal/index.ts'

export type DisconnectReason =
  | 'AUTH_ERROR'
  | 'CLIENT_INITIATED_DISCONNECT'
  | 'CLIENT_ERROR'
  | 'CONNECTION_LOST'
  | 'DUPLICATE_CLIENTID'
  | 'FORBIDDEN_ACCESS'
  | 'MQTT_KEEP_ALIVE_TIMEOUT'
  | 'SERVER_ERROR'
  | 'SERVER_INITIATED_DISCONNECT'
  | 'API_INITIATED_DISCONNECT'
  | 'THROTTLED'
  | 'WEBSOCKET_TTL_EXPIRATION'
  | 'CUSTOMAUTH_TTL_EXPIRATION'

/**
 * The codes that connections of connected clients end with.
 * assumed: AWS does not say whether a credential that ceased to count is AUTH_ERROR or FORBIDDEN_ACCESS, nor what a
 * refused PUBLISH is. Here AUTH_ERROR is about who the client is and what it just asked for, FORBIDDEN_ACCESS about
 * being connected at all.
 */
export const disconnectReasons = {
  disconnected: 'CLIENT_INITIATED_DISCONNECT',
  'connection-lost': 'CONNECTION_LOST',
  'keep-alive-timeout': 'MQTT_KEEP_ALIVE_TIMEOUT',
  'client-replaced': 'DUPLICATE_CLIENTID',
  'connection-deleted': 'API_INITIATED_DISCONNECT',
  'websocket-expired': 'WEBSOCKET_TTL_EXPIRATION',
  'authorizer-expired': 'CUSTOMAUTH_TTL_EXPIRATION',
  'authorizer-not-found': 'AUTH_ERROR',
  'authorizer-inactive': 'AUTH_ERROR',
  'authorizer-not-permitted': 'AUTH_ERROR',
  'authorizer-function-failed': 'AUTH_ERROR',
  'authorizer-timed-out': 'AUTH_ERROR',
  'authorizer-answer-invalid': 'AUTH_ERROR',
  'authorizer-denied': 'AUTH_ERROR',
  'connect-no-longer-allowed': 'FORBIDDEN_ACCESS',
  'certificate-inactive': 'AUTH_ERROR',
  'certificate-revoked': 'AUTH_ERROR',
  'certificate-deleted': 'AUTH_ERROR',
  'account-closed': 'AUTH_ERROR',
  'certificate-pending-transfer': 'AUTH_ERROR',
  'revoked-by-crl': 'AUTH_ERROR',
  'publish-denied': 'AUTH_ERROR',
  'subscribe-denied': 'AUTH_ERROR',
  'protocol-error': 'CLIENT_ERROR',
  'limit-exceeded': 'CLIENT_ERROR',
  'internal-failure': 'SERVER_ERROR',
  'server-stopping': 'SERVER_INITIATED_DISCONNECT',
} as const satisfies Partial<Record<JournalCode, DisconnectReason>>

/** A code that is not in the table is a decision of the server's own. */
export function disconnectReasonOf(code: JournalCode | undefined): DisconnectReason {
  const reasons: Partial<Record<JournalCode, DisconnectReason>> = disconnectReasons
  return (code && reasons[code]) ?? 'SERVER_INITIATED_DISCONNECT'
}
