import type * as Iot from '@aws-sdk/client-iot'
import type { ArnScope } from '../../lib/arn.ts'
import { domainConfigurationArn, type DomainConfiguration } from './domain-configuration.ts'

/** `fault`: why the operator's certificate files for the domain cannot be used. */
export function describeConfiguration(
  configuration: DomainConfiguration,
  scope: ArnScope,
  fault: string | undefined,
): Omit<Iot.DescribeDomainConfigurationResponse, '$metadata'> {
  const { name, settings, statusChangedAt } = configuration
  const { securityPolicy, ...rest } = settings
  return {
    domainConfigurationName: name,
    domainConfigurationArn: domainConfigurationArn(scope, name),
    domainName: configuration.domainName,
    serverCertificates: configuration.serverCertificateArns.map((serverCertificateArn) => ({
      serverCertificateArn,
      serverCertificateStatus: fault === undefined ? 'VALID' : 'INVALID',
      ...(fault !== undefined && { serverCertificateStatusDetail: fault }),
    })),
    domainConfigurationStatus: configuration.status,
    serviceType: configuration.serviceType,
    domainType: configuration.domainType,
    ...(statusChangedAt.getTime() > 0 && { lastStatusChangeDate: statusChangedAt }),
    tlsConfig: { securityPolicy },
    ...rest,
  }
}
