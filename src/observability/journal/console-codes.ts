import type { ReasonCode } from './reason-code.ts'

/** What is written down about people at the console. */
export const consoleCodes = {
  'console-sign-in': {
    level: 'info',
    meaning: 'Somebody signed in to the console.',
    advice: '',
  },
  'console-sign-in-refused': {
    level: 'warn',
    meaning:
      'Somebody tried to sign in to the console with a key, a password, or a link that does not let them in.',
    advice:
      'When it was you: check the access key id and the secret, or the password and the MFA code, or ask `npx muster console` for a new link. When it was not: deactivate the key, or set another password.',
  },
  'acted-as-device': {
    level: 'info',
    meaning: 'Somebody who is signed in to the console speaks MQTT with the rights of this device.',
    advice: '',
  },
  'act-as-device-refused': {
    level: 'warn',
    meaning:
      'Somebody who is signed in to the console asked for the rights of a device and did not get them.',
    advice:
      'Allow them muster:ActAsDevice on the ARN of the certificate, which must be ACTIVE, if they are to act as the device.',
  },
} as const satisfies Record<string, ReasonCode>
