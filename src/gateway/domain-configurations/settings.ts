import type * as Iot from '@aws-sdk/client-iot'
import type { DomainSettings } from './domain-configuration.ts'
import { defaultSecurityPolicy } from './security-policies.ts'

type SettingsInput = Pick<
  Iot.CreateDomainConfigurationRequest,
  | 'tlsConfig'
  | 'authenticationType'
  | 'applicationProtocol'
  | 'authorizerConfig'
  | 'serverCertificateConfig'
  | 'clientCertificateConfig'
>

export function newSettings(input: SettingsInput): DomainSettings {
  const defaults: DomainSettings = {
    securityPolicy: defaultSecurityPolicy,
    authenticationType: 'DEFAULT',
    applicationProtocol: 'DEFAULT',
  }
  return withInput(defaults, input)
}

/** What the request leaves out stays as it is. */
export function updatedSettings(
  settings: DomainSettings,
  input: SettingsInput & Pick<Iot.UpdateDomainConfigurationRequest, 'removeAuthorizerConfig'>,
): DomainSettings {
  const { authorizerConfig, ...rest } = settings
  const keeps = input.removeAuthorizerConfig !== true && authorizerConfig !== undefined
  return withInput({ ...rest, ...(keeps && { authorizerConfig }) }, input)
}

function withInput(settings: DomainSettings, input: SettingsInput): DomainSettings {
  const { tlsConfig, authenticationType, applicationProtocol } = input
  const { authorizerConfig, serverCertificateConfig, clientCertificateConfig } = input
  return {
    ...settings,
    ...(tlsConfig?.securityPolicy !== undefined && { securityPolicy: tlsConfig.securityPolicy }),
    ...(authenticationType !== undefined && { authenticationType }),
    ...(applicationProtocol !== undefined && { applicationProtocol }),
    ...(authorizerConfig !== undefined && { authorizerConfig }),
    ...(serverCertificateConfig !== undefined && { serverCertificateConfig }),
    ...(clientCertificateConfig !== undefined && { clientCertificateConfig }),
  }
}
