import type { ReasonCode } from './reason-code.ts'

/** Why a device of a CA that lets devices in may not come itself: the `muster:` tags of its CA. */
export const newcomerCodes = {
  'not-on-allow-list': {
    level: 'warn',
    meaning: 'The CA has an allow-list, and the certificate is not on it. Nothing was registered.',
    advice:
      'Put one of the values that the entry shows on the list (docs/who-may-come.md), if the device is yours.',
  },
  'allow-list-unusable': {
    level: 'warn',
    meaning: 'The CA has an allow-list that has never been read, so none of its new devices may come.',
    advice: 'Mend what the error names; the next connection reads it again.',
  },
  'device-limit': {
    level: 'warn',
    meaning: 'The CA has as many devices as its tag muster:max-devices allows. Nothing was registered.',
    advice: 'Raise muster:max-devices, or delete certificates of the CA that are not used any more.',
  },
  'approval-awaited': {
    level: 'warn',
    meaning: 'The CA lets devices in once a person has said yes, and nobody has. The certificate waits.',
    advice: '`npx muster approve <certificate id>` lets it in; INACTIVE keeps it out.',
  },
  'certificate-renewed': {
    level: 'info',
    meaning:
      'A known device came with a new certificate, which is ACTIVE and has its things and policies. The one before is good until it retires.',
    advice: '',
  },
  'certificate-retired': {
    level: 'info',
    meaning:
      'Another certificate has taken its place, and the time for both is over: it is INACTIVE, with nothing attached.',
    advice: '',
  },
  'renewal-key-changed': {
    level: 'warn',
    meaning:
      'The CA knows its devices by their keys, and this certificate has the name of a known device with another key. Nothing was registered.',
    advice:
      'Issue it for the key that the device has; delete the certificate of before if the device is new; or tag the CA with muster:identity=common-name.',
  },
  'renewal-predecessor-closed': {
    level: 'warn',
    meaning:
      'The device is known, and its certificate is not ACTIVE: a new one is no way around that. Nothing was registered.',
    advice: 'Set the certificate of before to ACTIVE, or delete it, if the device may come.',
  },
  'certificate-expiring': {
    level: 'warn',
    meaning: 'The certificate of a device is about to expire: told 60, 30, and 7 days before, once each.',
    advice: 'Issue the device a new certificate; docs/renewals.md says how it stays the same device.',
  },
  'ca-expiring': {
    level: 'warn',
    meaning:
      'A CA certificate is about to expire: told 60, 30, and 7 days before, once each. Then nobody new comes with it.',
    advice: 'Register the renewed CA certificate beside it in time (docs/renewals.md).',
  },
  approved: {
    level: 'info',
    meaning: 'A person let the device in; what its CA does with new devices was done.',
    advice: '',
  },
} as const satisfies Record<string, ReasonCode>
