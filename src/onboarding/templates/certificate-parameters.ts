import type { ParsedCertificate } from '../../lib/x509.ts'

/**
 * The parameters that just-in-time provisioning fills in, with the attribute of the certificate's subject that each
 * is read from. Source: AWS IoT Developer Guide, "Just-in-time provisioning".
 */
const subjectAttributes = {
  'AWS::IoT::Certificate::Country': 'Country',
  'AWS::IoT::Certificate::Organization': 'Organization',
  'AWS::IoT::Certificate::OrganizationalUnit': 'OrganizationalUnit',
  'AWS::IoT::Certificate::DistinguishedNameQualifier': 'DistinguishedNameQualifier',
  'AWS::IoT::Certificate::StateName': 'State',
  'AWS::IoT::Certificate::CommonName': 'CommonName',
  // the subject's serialNumber attribute, not the number that the CA gave the certificate
  'AWS::IoT::Certificate::SerialNumber': 'SerialNumber',
} as const

export const certificateIdParameter = 'AWS::IoT::Certificate::Id'

export const certificateParameterNames: readonly string[] = [
  ...Object.keys(subjectAttributes),
  certificateIdParameter,
]

/** What `parameter` is read from, for people; undefined when it is not one of the eight. */
export function subjectAttributeOf(parameter: string): string | undefined {
  return Object.hasOwn(subjectAttributes, parameter)
    ? subjectAttributes[parameter as keyof typeof subjectAttributes]
    : undefined
}

/** Values by parameter name; an attribute that the subject lacks, or that is empty, is absent. */
export function certificateParameters(certificate: ParsedCertificate): Map<string, string> {
  const values = new Map([[certificateIdParameter, certificate.certificateId]])
  for (const [parameter, attribute] of Object.entries(subjectAttributes)) {
    const [first] = certificate.subject.get(attribute) // assumed: of several values the first counts
    if (first) values.set(parameter, first)
  }
  return values
}
