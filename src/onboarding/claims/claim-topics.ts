/** Source: AWS IoT Developer Guide, "Device provisioning MQTT API". */

export type ClaimRequest =
  | { operation: 'CreateKeysAndCertificate' }
  | { operation: 'CreateCertificateFromCsr' }
  | { operation: 'RegisterThing'; templateName: string }

export type PayloadFormat = 'json' | 'cbor'

/** Where requests come in, as topic filters. */
export const requestFilters = [
  '$aws/certificates/create/+',
  '$aws/certificates/create-from-csr/+',
  '$aws/provisioning-templates/+/provision/+',
]

/** What a topic asks for that matches one of `requestFilters`; its names may be unfit. */
export function parseRequestTopic(topic: string): {
  asked: ClaimRequest
  /** Undefined for one that there is not. */
  format: PayloadFormat | undefined
} {
  const [, family, name = '', last = ''] = topic.split('/')
  const ending = topic.slice(topic.lastIndexOf('/') + 1)
  const format = ending === 'json' || ending === 'cbor' ? ending : undefined
  if (family === 'provisioning-templates' && last === 'provision')
    return { asked: { operation: 'RegisterThing', templateName: name }, format }
  const hasCsr = name === 'create-from-csr'
  return { asked: { operation: hasCsr ? 'CreateCertificateFromCsr' : 'CreateKeysAndCertificate' }, format }
}

/** `ProvisioningTemplate` in the AWS IoT API Reference. */
export const isTemplateName = (name: string): boolean => /^[0-9A-Za-z_-]{1,36}$/.test(name)
