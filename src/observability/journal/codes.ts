import { bulkCodes } from './bulk-codes.ts'
import { authorizerCodes } from './authorizer-codes.ts'
import { claimCodes } from './claim-codes.ts'
import { consoleCodes } from './console-codes.ts'
import { doorCodes } from './door-codes.ts'
import { newcomerCodes } from './newcomer-codes.ts'
import type { ReasonCode } from './reason-code.ts'
import { transferCodes } from './transfer-codes.ts'

/**
 * Every reason Muster has for what it does with a device: stable codes, how bad it is, what it means for a
 * person, and what to change. `docs/reason-codes.md` lists the same codes; a test holds them together.
 */
const grantIt =
  'Attach a policy that allows it: the suggested statement does. Policies of the certificate, and of the groups of its thing, count; of a client that a custom authorizer let in, those that its function returns.'

export const reasonCodes = {
  ...consoleCodes,
  ...doorCodes,
  'domain-refused': {
    level: 'warn',
    meaning: 'The configuration of the domain does not take this protocol or this kind of authentication.',
    advice: 'Change applicationProtocol or authenticationType of the domain configuration, or the client.',
  },
  'no-certificate': {
    level: 'warn',
    meaning: 'The device presented no client certificate.',
    advice: 'Give the client its certificate and its private key (mosquitto: --cert and --key).',
  },
  'signature-refused': {
    level: 'warn',
    meaning: 'The request for a WebSocket was not signed by a known IAM identity as AWS IoT asks.',
    advice:
      'Compare key, session token, clock, region, and the service name iotdevicegateway with those of the client.',
  },
  ...authorizerCodes,
  'certificate-malformed': {
    level: 'warn',
    meaning: 'The presented certificate breaks a rule of X.509 or of AWS IoT.',
    advice:
      'Issue the device a certificate with a supported key and signature algorithm, for client authentication, and without critical extensions of its own.',
  },
  'certificate-expired': {
    level: 'warn',
    meaning: 'The certificate is past its notAfter date.',
    advice: 'Issue the device a new certificate.',
  },
  'certificate-not-yet-valid': {
    level: 'warn',
    meaning: 'The certificate is before its notBefore date.',
    advice: 'Check the clocks of the device maker and of this server.',
  },
  'certificate-inactive': {
    level: 'warn',
    meaning: 'The certificate is registered and INACTIVE.',
    advice: 'aws iot update-certificate --new-status ACTIVE lets it in.',
  },
  'certificate-revoked': {
    level: 'warn',
    meaning: 'The certificate is REVOKED.',
    advice: 'Issue the device a new certificate; revocation is meant to last.',
  },
  'revoked-by-crl': {
    level: 'warn',
    meaning: 'The revocation list of its CA says that the certificate is revoked.',
    advice: 'Issue the device a new certificate; or let the CA publish a list without it.',
  },
  'revocation-unknown': {
    level: 'warn',
    meaning: 'The revocation list of its CA is missing or has expired, and its policy is hard.',
    advice: 'See GET /muster/v1/revocation-lists; or tag the CA with muster:crl-policy=soft.',
  },
  'crl-loaded': {
    level: 'info',
    meaning: 'A new revocation list of the CA is in force.',
    advice: '',
  },
  'crl-unavailable': {
    level: 'warn',
    meaning: 'No current revocation list of the CA could be had; one that was loaded before stays in force.',
    advice: 'Mend what the error names; the server tries again by itself, at least once an hour.',
  },
  'certificate-deleted': {
    level: 'warn',
    meaning: 'The certificate was deleted while its client was connected.',
    advice: 'Issue the device a new certificate, or let its CA register this one again.',
  },
  'account-closed': {
    level: 'warn',
    meaning: 'The account of the device was closed while it was connected.',
    advice: 'Devices of a closed account are not let in (docs/accounts.md).',
  },
  ...transferCodes,
  'ca-unknown': {
    level: 'warn',
    meaning: 'No registered CA certificate signed this certificate.',
    advice: 'Register the CA that directly signed it: aws iot register-ca-certificate.',
  },
  'ca-inactive': {
    level: 'warn',
    meaning: 'The CA certificate that signed it is INACTIVE.',
    advice: 'aws iot update-ca-certificate --new-status ACTIVE.',
  },
  'ca-expired': {
    level: 'warn',
    meaning: 'The CA certificate that signed it is outside its validity.',
    advice: 'Register a renewed CA certificate.',
  },
  'auto-registration-off': {
    level: 'warn',
    meaning: 'The CA does not register its devices automatically.',
    advice: 'aws iot update-ca-certificate --new-auto-registration-status ENABLE.',
  },
  'certificate-registered': {
    level: 'info',
    meaning: 'The certificate was registered as PENDING_ACTIVATION.',
    advice: '',
  },
  'registration-announced': {
    level: 'info',
    meaning: 'The registration event was published (JITR); the connection is closed on purpose.',
    advice: 'A rule on the event topic has to activate the certificate; the device then connects again.',
  },
  provisioned: {
    level: 'info',
    meaning: 'The provisioning template ran; the certificate is ACTIVE.',
    advice: '',
  },
  'provisioning-failed': {
    level: 'warn',
    meaning: 'The provisioning template could not be carried out; nothing was made.',
    advice: 'Mend what the step names; the next connection, or request, tries again.',
  },
  ...bulkCodes,
  ...claimCodes,
  ...newcomerCodes,
  'template-remarks': {
    level: 'warn',
    meaning: 'A provisioning template was taken that may not be what its author meant.',
    advice: 'Compare the remarks with the template. It works where they are meant.',
  },
  retried: {
    level: 'info',
    meaning:
      'Somebody asked for the registration event to be published again, or the template to be run again.',
    advice: '',
  },
  'first-connection-closed': {
    level: 'info',
    meaning: 'The CA asks for the first connection to be closed after provisioning, as AWS does.',
    advice: 'Connect again.',
  },
  connected: { level: 'info', meaning: 'The client is connected.', advice: '' },
  'connect-denied': {
    level: 'warn',
    meaning: 'No policy lets this client connect.',
    advice: grantIt,
  },
  'publish-denied': {
    level: 'warn',
    meaning: 'No policy lets this client publish to the topic.',
    advice: grantIt,
  },
  'subscribe-denied': {
    level: 'warn',
    meaning: 'No policy lets this client subscribe to the filter.',
    advice: grantIt,
  },
  'receive-denied': {
    level: 'warn',
    meaning: 'No policy lets this client receive from the topic; the message was not delivered.',
    advice: grantIt,
  },
  'will-denied': {
    level: 'warn',
    meaning: 'No policy lets this client publish to its will topic.',
    advice: grantIt,
  },
  'credentials-issued': {
    level: 'info',
    meaning: 'The device was given short-lived credentials of a role.',
    advice: '',
  },
  'credentials-denied': {
    level: 'warn',
    meaning: 'The device asked for credentials of a role alias and got none.',
    advice:
      'Mend what the error names: the thing, a policy, the alias, or the role, which must trust credentials.iot.amazonaws.com.',
  },
  'protocol-error': {
    level: 'warn',
    meaning: 'The client sent what MQTT or AWS IoT does not allow.',
    advice: 'Compare the packet with the MQTT specification and the limits of AWS IoT.',
  },
  'messages-dropped': {
    level: 'warn',
    meaning:
      'Messages did not reach this client, or shared group; the numbers are by reason, since the last such entry.',
    advice:
      'queue-full, refused: let the client connect more often or acknowledge faster, or raise maxStoredMessages or maxQueuedMessages (docs/limits.md). congested: it reads too slowly. session-ended: it stayed away too long.',
  },
  'service-not-offered': {
    level: 'warn',
    meaning: 'The client asked a service of AWS IoT that Muster does not have. It was told so.',
    advice: 'Switch the feature off in the client, or do without it; README.md says what is offered.',
  },
  throttled: {
    level: 'warn',
    meaning: 'The client connects or publishes too often; the connection or the messages were refused.',
    advice: 'Slow the client down, or raise the rates (docs/limits.md).',
  },
  'limit-exceeded': {
    level: 'warn',
    meaning: 'The client went over a limit.',
    advice: 'See the limits in docs/limits.md.',
  },
  'rule-failed': {
    level: 'warn',
    meaning: 'A topic rule could not carry out an action for a message.',
    advice:
      'See the action and its error; mend the role, the function, or the SQL. A device that waits connects again.',
  },
  'rule-messages-dropped': {
    level: 'warn',
    meaning: 'Messages found no room in the queue of the rules engine.',
    advice: 'Make the rules cheaper, or the messages they select fewer.',
  },
  'function-failed': {
    level: 'warn',
    meaning: 'A function that was invoked for this event failed.',
    advice: 'Read its log group /aws/lambda/<function name>.',
  },
  'keep-alive-timeout': {
    level: 'warn',
    meaning: 'Nothing came from the client for one and a half keep-alive intervals.',
    advice:
      'Find out why it fell silent: power, network, or sleep. A client that sleeps longer has to ask for a longer keep-alive.',
  },
  'websocket-expired': {
    level: 'info',
    meaning: 'The WebSocket of an IAM identity reached its longest time, or its credentials expired.',
    advice: 'Sign a new request and connect again.',
  },
  'client-replaced': {
    level: 'info',
    meaning: 'Another connection took over the client id.',
    advice: 'Give each device a client id of its own, if this was not a reconnect.',
  },
  'connection-deleted': {
    level: 'info',
    meaning: 'The connection was ended by DeleteConnection.',
    advice: '',
  },
  'connect-no-longer-allowed': {
    level: 'warn',
    meaning: 'What lets clients connect was changed, and no policy lets this one be connected any more.',
    advice: 'Attach a policy to its certificate that allows iot:Connect, if this was not meant.',
  },
  'subscription-no-longer-allowed': {
    level: 'warn',
    meaning: 'No policy lets this client have the subscription any more; it was taken away.',
    advice: 'The client has to subscribe again once a policy allows iot:Subscribe.',
  },
  'internal-failure': {
    level: 'warn',
    meaning: 'The server failed at what the client sent, and closed the connection.',
    advice: "Look for the same moment in the server's log.",
  },
  disconnected: { level: 'info', meaning: 'The client disconnected.', advice: '' },
  'connection-lost': {
    level: 'info',
    meaning: 'The connection ended without a DISCONNECT packet.',
    advice: '',
  },
  'server-stopping': {
    level: 'info',
    meaning: 'The server closed the connection because it stops.',
    advice: '',
  },
} as const satisfies Record<string, ReasonCode>

export type JournalCode = keyof typeof reasonCodes
