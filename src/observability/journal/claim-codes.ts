import type { ReasonCode } from './reason-code.ts'

/** Reasons of provisioning by claim. */
export const claimCodes = {
  'claim-certificate-issued': {
    level: 'info',
    meaning:
      'A device asked over MQTT for a certificate and got one. It is PENDING_ACTIVATION, and is deleted unless a template is run for it within the hour.',
    advice: '',
  },
  'claim-certificate-expired': {
    level: 'info',
    meaning:
      'No template was run within the hour for a certificate that a device had asked for; it was deleted.',
    advice:
      'When it happens to many: let the devices ask for provisioning right after they got the certificate; the entries before tell why it failed.',
  },
  'claim-created': {
    level: 'info',
    meaning:
      'CreateProvisioningClaim gave out a claim: for five minutes, whoever has it may have devices provisioned by the template.',
    advice: '',
  },
  'claim-request-refused': {
    level: 'warn',
    meaning: 'A request for a certificate, or for provisioning, could not be understood.',
    advice: 'Compare what the device sends with docs/claims.md; the error names the place.',
  },
  'claim-unheard': {
    level: 'warn',
    meaning: 'A device asked for a certificate without listening for it. Nothing was issued.',
    advice:
      'Let the device subscribe to the topic, and its policy allow iot:Receive there, before it asks, on the same MQTT connection.',
  },
  'claim-token-refused': {
    level: 'warn',
    meaning: 'The certificate ownership token of a device is missing, unknown, used, or older than an hour.',
    advice: 'Let the device ask for a new certificate, and send the token that comes with it once.',
  },
  'claim-template-refused': {
    level: 'warn',
    meaning:
      'A device asked for a provisioning template that is not there, is of another type, or is not enabled.',
    advice:
      'Compare the name in the topic with `aws iot list-provisioning-templates`; `aws iot update-provisioning-template --enabled` enables it.',
  },
  'claim-limit': {
    level: 'warn',
    meaning: 'The claim has expired, or as many devices were provisioned with it as may be.',
    advice:
      'Give the devices another claim, or change the tags muster:claim-uses and muster:claim-until of this one. If nobody should have it any more, make it INACTIVE.',
  },
  'hook-refused': {
    level: 'warn',
    meaning: 'The pre-provisioning hook, a function or a webhook, did not allow the device.',
    advice: "See the function's log, or the webhook's, for its reasons.",
  },
  'hook-failed': {
    level: 'warn',
    meaning:
      'The pre-provisioning hook could not be asked, failed, or did not answer in time; the device was refused.',
    advice:
      "See the error and the function's log. The function needs a permission for iot.amazonaws.com (aws lambda add-permission), and has five seconds. Of a webhook the server's log says why it was not reached; its address must be one that the server may connect to (docs/outbound.md), and the server needs --hook-secret-file.",
  },
  'certificate-provider-failed': {
    level: 'warn',
    meaning:
      'The function of the certificate provider could not be asked, failed, or did not answer in time; the device got no certificate.',
    advice:
      "See the error and the function's log. The function needs a permission for iot.amazonaws.com (aws lambda add-permission), and has five seconds. Devices get certificates of Muster's own again once the provider is deleted.",
  },
  'certificate-provider-unfit': {
    level: 'warn',
    meaning:
      'The function of the certificate provider returned something else than a new certificate of the key that the device asked with; the device got no certificate.',
    advice:
      'Let the function return {"certificatePem": "..."} with one certificate: of the public key of the request, for a device, valid, and not registered before.',
  },
} as const satisfies Record<string, ReasonCode>
