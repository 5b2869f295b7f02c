/** The configurations of the endpoints that every account has from the start; nobody can change them. */
import type { DomainConfiguration } from './domain-configuration.ts'
import { defaultSecurityPolicy } from './security-policies.ts'

const services = [
  ['iot:Data-ATS', 'DATA'],
  ['iot:CredentialProvider', 'CREDENTIAL_PROVIDER'],
  ['iot:Jobs', 'JOBS'],
] as const

/** All three are served by the one endpoint. */
export function defaultConfigurations(accountId: string, endpointAddress: string): DomainConfiguration[] {
  return services.map(([name, serviceType]) => ({
    accountId,
    name,
    domainName: endpointAddress,
    domainType: 'ENDPOINT',
    serviceType,
    status: 'ENABLED',
    statusChangedAt: new Date(0),
    serverCertificateArns: [],
    settings: {
      securityPolicy: defaultSecurityPolicy,
      authenticationType: 'DEFAULT',
      applicationProtocol: 'DEFAULT',
    },
  }))
}

/** As the device ports serve it: one for all three. */
export function endpointConfiguration(accountId: string, endpointAddress: string): DomainConfiguration {
  const [data] = defaultConfigurations(accountId, endpointAddress)
  if (!data) throw new Error('every account has the endpoint of its data')
  return data
}
