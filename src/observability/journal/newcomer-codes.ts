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
  approved: {
    level: 'info',
    meaning: 'A person let the device in; what its CA does with new devices was done.',
    advice: '',
  },
} as const satisfies Record<string, ReasonCode>
