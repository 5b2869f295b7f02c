import type { ReasonCode } from './reason-code.ts'

/** Reasons of custom authorizers. */
export const authorizerCodes = {
  'authorizer-not-found': {
    level: 'warn',
    meaning: 'The client is to be authenticated by a custom authorizer that the account does not have.',
    advice:
      'Compare the name that the client sends (x-amz-customauthorizer-name), or that of the domain configuration, with `aws iot list-authorizers`.',
  },
  'authorizer-inactive': {
    level: 'warn',
    meaning: 'The custom authorizer that is to authenticate the client is INACTIVE.',
    advice: 'aws iot update-authorizer --status ACTIVE lets its clients in.',
  },
  'authorizer-not-overridable': {
    level: 'warn',
    meaning: 'The client named another custom authorizer than the one its domain configuration allows.',
    advice:
      'Let the client name no authorizer, or set allowAuthorizerOverride in the authorizerConfig of the domain configuration.',
  },
  'authorizer-token-missing': {
    level: 'warn',
    meaning:
      'The custom authorizer checks signatures, and the client sent no token, or no signature of it; the function was not called.',
    advice:
      'Send the token under the tokenKeyName of the authorizer, and its signature as x-amz-customauthorizer-signature (docs/authorizers.md).',
  },
  'authorizer-signature-invalid': {
    level: 'warn',
    meaning:
      'None of the public keys of the custom authorizer verifies the signature of the token; the function was not called.',
    advice:
      'Sign exactly the token that is sent, with RSA and SHA-256 (openssl dgst -sha256 -sign), in base64; in a query string percent-encoded. Compare the key with `aws iot describe-authorizer`.',
  },
  'authorizer-not-permitted': {
    level: 'warn',
    meaning: 'The policy of the authorizer function does not let AWS IoT call it for this authorizer.',
    advice:
      'aws lambda add-permission --action lambda:InvokeFunction --principal iot.amazonaws.com --source-arn <ARN of the authorizer>.',
  },
  'authorizer-function-failed': {
    level: 'warn',
    meaning: 'The function of the custom authorizer could not be run, or failed; nobody was let in.',
    advice: 'Mend what the error names; the log group /aws/lambda/<function name> has the rest.',
  },
  'authorizer-timed-out': {
    level: 'warn',
    meaning: 'The function of the custom authorizer did not answer within five seconds.',
    advice: 'Make the function faster. A first call also waits for its environment to start.',
  },
  'authorizer-answer-invalid': {
    level: 'warn',
    meaning: 'The function of the custom authorizer gave an answer that is not as AWS IoT asks.',
    advice: 'Mend the member that the error names; `aws iot test-invoke-authorizer` shows the answer.',
  },
  'authorizer-denied': {
    level: 'warn',
    meaning: 'The function of the custom authorizer said that the client is not authenticated.',
    advice: 'Compare the credentials of the client with what the function expects; its log may tell more.',
  },
  'authorizer-expired': {
    level: 'info',
    meaning:
      'The connection was open for as long as its custom authorizer allows (disconnectAfterInSeconds).',
    advice: 'Connect again; or let the function allow more, up to a day.',
  },
} as const satisfies Record<string, ReasonCode>
