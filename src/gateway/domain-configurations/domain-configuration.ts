/**
 * Domain configurations: what a server name, asked for by SNI, leads to. Source of the rules: AWS IoT Developer Guide,
 * "Domain configurations"; AWS IoT API Reference, "CreateDomainConfiguration".
 */
import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type {
  ApplicationProtocol,
  AuthenticationType,
  AuthorizerConfig,
  ClientCertificateConfig,
  DomainConfigurationStatus,
  ServerCertificateConfig,
  ServiceType,
} from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'
import { securityPolicyNames } from './security-policies.ts'

/** What UpdateDomainConfiguration may change, beside the status. */
export interface DomainSettings {
  securityPolicy: string
  authenticationType: AuthenticationType
  applicationProtocol: ApplicationProtocol
  authorizerConfig?: AuthorizerConfig
  serverCertificateConfig?: ServerCertificateConfig
  clientCertificateConfig?: ClientCertificateConfig
}

export interface DomainConfiguration {
  accountId: string
  name: string
  /** In lower case. */
  domainName: string
  domainType: 'ENDPOINT' | 'AWS_MANAGED' | 'CUSTOMER_MANAGED'
  serviceType: ServiceType
  status: DomainConfigurationStatus
  statusChangedAt: Date
  serverCertificateArns: string[]
  validationCertificateArn?: string | undefined
  settings: DomainSettings
}

/** AWS General Reference, "AWS IoT Core endpoints and quotas". */
const maxConfigurations = 10

/** The id is made of the rest of the ARN, so that a policy can be decided without a look into the store. */
export function domainConfigurationArn(scope: ArnScope, name: string): string {
  const resource = `domainconfiguration/${name}`
  if (name.startsWith('iot:')) return iotArn(scope, resource)
  const digest = createHash('sha256').update(`${scope.region}/${scope.accountId}/${name}`).digest()
  const id = [...digest.subarray(0, 5)].map((byte) => String.fromCodePoint(0x61 + (byte % 26))).join('')
  return iotArn(scope, `${resource}/${id}`)
}

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
const hostName = new RegExp(`^(${label}\\.)+${label}$`)

/**
 * In lower case.
 * @throws {AwsError} `InvalidRequestException` when it is no fully qualified host name, or an endpoint
 */
export function checkDomainName(
  text: string,
  { endpointAddress, isTaken }: { endpointAddress: string; isTaken: (domainName: string) => boolean },
): string {
  const domainName = text.toLowerCase()
  if (isIP(domainName) !== 0 || !hostName.test(domainName))
    throw iotError(
      'InvalidRequestException',
      `domainName must be a fully qualified host name such as iot.example.com, without wildcards, got "${text}"`,
    )
  if (domainName === endpointAddress.toLowerCase())
    throw iotError('InvalidRequestException', `${domainName} is the endpoint of iot:Data-ATS`)
  if (isTaken(domainName))
    throw iotError('InvalidRequestException', `${domainName} is kept for the endpoint of an account`)
  return domainName
}

/** The name that AWS makes for a configuration without one: a label of its own below the endpoint. */
export function managedDomainName(name: string, endpointAddress: string): string {
  const label = `d${createHash('sha256').update(name).digest('hex').slice(0, 19)}-ats`
  return `${label}.${isIP(endpointAddress) === 0 ? endpointAddress.toLowerCase() : 'localhost'}`
}

/** What may be proven over which protocol. Source: AWS IoT Developer Guide, "Device communication protocols". */
const protocolsOf: Record<AuthenticationType, readonly ApplicationProtocol[]> = {
  AWS_X509: ['SECURE_MQTT', 'HTTPS'],
  AWS_SIGV4: ['MQTT_WSS', 'HTTPS'],
  CUSTOM_AUTH: ['SECURE_MQTT', 'MQTT_WSS', 'HTTPS'],
  CUSTOM_AUTH_X509: ['SECURE_MQTT', 'HTTPS'],
  DEFAULT: ['SECURE_MQTT', 'MQTT_WSS', 'HTTPS'],
}

/** @throws {AwsError} `InvalidRequestException` */
export function checkSettings({ securityPolicy, authenticationType, applicationProtocol }: DomainSettings) {
  if (!securityPolicyNames.includes(securityPolicy))
    throw iotError(
      'InvalidRequestException',
      `tlsConfig.securityPolicy must be one of ${securityPolicyNames.join(', ')}, got "${securityPolicy}"`,
    )
  // assumed: AWS refuses what cannot work
  const allowed = protocolsOf[authenticationType]
  if (applicationProtocol !== 'DEFAULT' && !allowed.includes(applicationProtocol))
    throw iotError(
      'InvalidRequestException',
      `authenticationType ${authenticationType} goes with applicationProtocol ${allowed.join(', ')}, or DEFAULT, got ${applicationProtocol}`,
    )
}

/** @throws {AwsError} `LimitExceededException` */
export function checkCount(existing: number): void {
  if (existing >= maxConfigurations)
    throw iotError(
      'LimitExceededException',
      `an account has at most ${maxConfigurations} domain configurations`,
    )
}

/** @throws {AwsError} `InvalidRequestException` while it is ENABLED */
export function checkDeletable({ name, status }: DomainConfiguration): void {
  if (status === 'ENABLED')
    throw iotError(
      'InvalidRequestException',
      `domain configuration ${name} is ENABLED: disable it before it is deleted`,
    )
}
