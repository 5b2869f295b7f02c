import type { RegistrationConfig } from './ca.ts'

/** As the form stands; empty texts are what was not given. */
export interface RegistrationRequest {
  certificateMode: 'DEFAULT' | 'SNI_ONLY'
  caCertificate: string
  verificationCertificate: string
  setAsActive: boolean
  allowAutoRegistration: boolean
  templateName: string
}

export const emptyRequest: RegistrationRequest = {
  certificateMode: 'DEFAULT',
  caCertificate: '',
  verificationCertificate: '',
  setAsActive: true,
  allowAutoRegistration: true,
  templateName: '',
}

/** The input of RegisterCACertificate. */
export function toInput({
  certificateMode,
  caCertificate,
  verificationCertificate,
  setAsActive,
  allowAutoRegistration,
  templateName,
}: RegistrationRequest): object {
  const registrationConfig: RegistrationConfig = { templateName }
  return {
    caCertificate,
    ...(certificateMode === 'DEFAULT' ? { verificationCertificate } : { certificateMode }),
    setAsActive,
    allowAutoRegistration,
    ...(templateName !== '' && { registrationConfig }),
  }
}
