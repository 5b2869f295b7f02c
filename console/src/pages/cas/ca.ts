import type { OperationCall } from '../../api/call.ts'

export interface RegistrationConfig {
  templateName?: string
  templateBody?: string
  roleArn?: string
}

/** What DescribeCACertificate answers. */
export interface DescribedCa {
  certificateDescription: {
    certificateId: string
    certificateArn: string
    certificatePem: string
    status: string
    autoRegistrationStatus: string
    certificateMode?: string
    creationDate: number
    validity?: { notBefore: number; notAfter: number }
  }
  registrationConfig?: RegistrationConfig
}

export const describeCa = (certificateId: string): OperationCall => ({
  service: 'iot',
  operation: 'DescribeCACertificate',
  input: { certificateId },
})

/** Lists the templates that a CA can bring to its devices. */
export const listTemplates: OperationCall = {
  service: 'iot',
  operation: 'ListProvisioningTemplates',
  input: { maxResults: 250 },
}

/** Those for just-in-time provisioning. */
export const jitpTemplatesIn = (output: Record<string, unknown>): string[] =>
  ((output['templates'] ?? []) as { templateName: string; type?: string }[]).flatMap(
    ({ templateName, type }) => (type === 'JITP' ? [templateName] : []),
  )
