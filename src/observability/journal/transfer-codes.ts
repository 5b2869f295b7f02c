import type { ReasonCode } from './reason-code.ts'

/** What becomes of certificates that go to another account; both accounts have the entries. */
export const transferCodes = {
  'certificate-pending-transfer': {
    level: 'warn',
    meaning: 'The certificate is being transferred to another account.',
    advice: 'Accept, reject, or cancel the transfer.',
  },
  'certificate-given-away': {
    level: 'warn',
    meaning: 'This account has transferred the certificate to another one, so its CA lets it in no more.',
    advice:
      'Have the device ask for the endpoint of the account that has the certificate now; or register it here: aws iot register-certificate.',
  },
  'certificate-transfer-started': {
    level: 'info',
    meaning: 'One account gives the certificate to another, which has to accept it. Its device is kept out.',
    advice: '',
  },
  'certificate-transfer-accepted': {
    level: 'info',
    meaning: 'The certificate belongs to the account that it was transferred to.',
    advice: '',
  },
  'certificate-transfer-rejected': {
    level: 'info',
    meaning: 'The account that it was transferred to does not take the certificate, which is INACTIVE again.',
    advice: '',
  },
  'certificate-transfer-cancelled': {
    level: 'info',
    meaning: 'The account that has the certificate keeps it: it is INACTIVE again.',
    advice: '',
  },
} as const satisfies Record<string, ReasonCode>
