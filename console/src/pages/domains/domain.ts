import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeDomainConfiguration answers. */
export interface Domain {
  domainConfigurationName: string
  domainConfigurationArn: string
  domainName?: string
  domainConfigurationStatus?: string
  domainType?: string
  serviceType?: string
  authenticationType?: string
  applicationProtocol?: string
  authorizerConfig?: AuthorizerConfig
  tlsConfig?: { securityPolicy?: string }
  lastStatusChangeDate?: number
}

export const authenticationTypes = [
  'DEFAULT',
  'AWS_X509',
  'AWS_SIGV4',
  'CUSTOM_AUTH',
  'CUSTOM_AUTH_X509',
].map((value) => ({ value }))

/** Those of which no client asks an authorizer. */
export const withoutAuthorizer: readonly string[] = ['AWS_X509', 'AWS_SIGV4']

export interface AuthorizerConfig {
  defaultAuthorizerName?: string
  allowAuthorizerOverride?: boolean
}
export const applicationProtocols = ['DEFAULT', 'SECURE_MQTT', 'MQTT_WSS', 'HTTPS'].map((value) => ({
  value,
}))

const update = (name: string, domainConfigurationStatus: string) =>
  iot('UpdateDomainConfiguration', { domainConfigurationName: name, domainConfigurationStatus })

/** What can be done to domain configurations, from their list and from their page. */
export const domainActions = (
  domains: readonly Pick<Domain, 'domainConfigurationName' | 'domainConfigurationStatus'>[],
  onDeleted?: () => void,
): Action[] => {
  const isEvery = (status: string) =>
    domains.length > 0 && domains.every((one) => one.domainConfigurationStatus === status)
  const names = domains.map(({ domainConfigurationName }) => domainConfigurationName)
  return [
    {
      label: 'Enable',
      question: 'Clients that ask for this name by SNI get in again.',
      operation: names.map((name) => update(name, 'ENABLED')),
      disabledReason: isEvery('ENABLED') ? 'It is ENABLED' : undefined,
    },
    {
      label: 'Disable',
      question: 'Clients that ask for this name by SNI are turned away.',
      operation: names.map((name) => update(name, 'DISABLED')),
      disabledReason: isEvery('DISABLED') ? 'It is DISABLED' : undefined,
    },
    {
      label: 'Delete',
      question: 'Clients that ask for this name by SNI are served as by the default endpoint.',
      typed: 'delete',
      operation: names.map((domainConfigurationName) =>
        iot('DeleteDomainConfiguration', { domainConfigurationName }),
      ),
      disabledReason: isEvery('ENABLED') ? 'Disable it first' : undefined,
      onDone: onDeleted,
    },
  ]
}
