import { expect, it } from 'vitest'
import { disconnectReasonOf, disconnectReasons } from './disconnect-reasons.ts'

/** The whole table once more, so that a change of it is a decision. */
const expected = {
  disconnected: 'CLIENT_INITIATED_DISCONNECT',
  'connection-lost': 'CONNECTION_LOST',
  'keep-alive-timeout': 'MQTT_KEEP_ALIVE_TIMEOUT',
  'client-replaced': 'DUPLICATE_CLIENTID',
  'connection-deleted': 'API_INITIATED_DISCONNECT',
  'connect-no-longer-allowed': 'FORBIDDEN_ACCESS',
  'certificate-inactive': 'AUTH_ERROR',
  'certificate-revoked': 'AUTH_ERROR',
  'certificate-deleted': 'AUTH_ERROR',
  'certificate-pending-transfer': 'AUTH_ERROR',
  'account-closed': 'AUTH_ERROR',
  'revoked-by-crl': 'AUTH_ERROR',
  'publish-denied': 'AUTH_ERROR',
  'subscribe-denied': 'AUTH_ERROR',
  'protocol-error': 'CLIENT_ERROR',
  'limit-exceeded': 'CLIENT_ERROR',
  'internal-failure': 'SERVER_ERROR',
  'server-stopping': 'SERVER_INITIATED_DISCONNECT',
  'websocket-expired': 'WEBSOCKET_TTL_EXPIRATION',
  'authorizer-expired': 'CUSTOMAUTH_TTL_EXPIRATION',
  'authorizer-not-found': 'AUTH_ERROR',
  'authorizer-inactive': 'AUTH_ERROR',
  'authorizer-not-permitted': 'AUTH_ERROR',
  'authorizer-function-failed': 'AUTH_ERROR',
  'authorizer-timed-out': 'AUTH_ERROR',
  'authorizer-answer-invalid': 'AUTH_ERROR',
  'authorizer-denied': 'AUTH_ERROR',
} as const

it('has a reason for each code that connections end with', () => {
  expect(disconnectReasons).toEqual(expected)
})

it.each(Object.entries(expected))('%s is told as %s', (code, reason) => {
  expect(disconnectReasonOf(code as keyof typeof expected)).toBe(reason)
})

it.each(['connect-denied', 'rule-failed', undefined] as const)('%s is the server’s own decision', (code) => {
  expect(disconnectReasonOf(code)).toBe('SERVER_INITIATED_DISCONNECT')
})
