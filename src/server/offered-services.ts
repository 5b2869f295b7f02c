/** Every AWS operation that is offered, by service: where the features' handlers meet what they need of each other. */
import type * as Iot from '@aws-sdk/client-iot'
import { organizationsOperations, organizationsPermissions, type Accounts } from '../access/accounts/index.ts'
import type { Operations, Permissions } from '../api/aws/operations.ts'
import {
  billingGroupsOperations,
  billingGroupsPermissions,
  findBillingGroup,
} from '../registry/billing-groups/index.ts'
import {
  caCertificatesOperations,
  caCertificatesPermissions,
  certificatesOperations,
  certificatesPermissions,
  checkNotInTransfer,
  endpointOperations,
  endpointPermissions,
  findCaCertificate,
  findCertificate,
  transfersOperations,
  transfersPermissions,
  type Issuer,
} from '../pki/certificates/index.ts'
import {
  connectionsOperations,
  connectionsPermissions,
  connectivityOperations,
  connectivityPermissions,
} from '../gateway/connections/index.ts'
import {
  domainConfigurationsOperations,
  domainConfigurationsPermissions,
  findTaggableDomainConfiguration,
} from '../gateway/domain-configurations/index.ts'
import type { Connections, DomainCertificates } from '../gateway/ports/index.ts'
import type { Journal } from '../observability/journal/index.ts'
import { dataPlaneOperations, dataPlanePermissions, type Messages } from '../messaging/data-plane/index.ts'
import type { Fabric } from '../fabric/in-process/index.ts'
import type { OfferedServices } from '../api/http/index.ts'
import {
  iamOperations,
  iamPermissions,
  stsOperations,
  stsPermissions,
  type Identities,
} from '../access/identities/index.ts'
import {
  detachAllPolicies,
  findPolicy,
  iotPoliciesOperations,
  iotPoliciesPermissions,
} from '../rights/iot-policies/index.ts'
import {
  cloudWatchOperations,
  cloudWatchPermissions,
  type CountedMetrics,
} from '../observability/cloudwatch/index.ts'
import { auditOperations, auditPermissions, type Audit } from '../observability/audit/index.ts'
import { lambdaOperations, lambdaPermissions, type Functions } from '../functions/index.ts'
import {
  iotLoggingOperations,
  iotLoggingPermissions,
  type IotLogging,
} from '../observability/iot-logging/index.ts'
import { logsOperations, logsPermissions, type Logs } from '../observability/logs/index.ts'
import {
  findTopicRule,
  topicRulesOperations,
  topicRulesPermissions,
  type AwsEndpoints,
  type Rules,
} from '../rules/index.ts'
import type { Log } from '../lib/log.ts'
import type { Outbound } from '../lib/outbound/outbound.ts'
import { parseArn } from '../lib/arn.ts'
import { countAttachments } from './attachments.ts'
import type { Onboarding } from '../onboarding/admission/index.ts'
import {
  certificateProvidersOperations,
  certificateProvidersPermissions,
  findCertificateProvider,
} from '../onboarding/certificate-providers/index.ts'
import { bulkPermissions, type Bulk } from '../onboarding/bulk/index.ts'
import { claimsOperations, claimsPermissions } from '../onboarding/claims/index.ts'
import { provisioningOperations, provisioningPermissions } from '../onboarding/provisioning/index.ts'
import {
  findProvisioningTemplate,
  provisioningTemplatesOperations,
  provisioningTemplatesPermissions,
} from '../onboarding/provisioning-templates/index.ts'
import { authorizersOperations, authorizersPermissions, findAuthorizer } from '../rights/authorizers/index.ts'
import { findRoleAlias, roleAliasesOperations, roleAliasesPermissions } from '../rights/role-aliases/index.ts'
import { shadowsOperations, shadowsPermissions, type Shadows } from '../messaging/shadows/index.ts'
import type { Db, Store } from '../store/index.ts'
import { eventConfigurationsOperations, eventConfigurationsPermissions } from '../registry/events/index.ts'
import { tagsOperations, tagsPermissions } from '../registry/tags/index.ts'
import {
  findThingGroup,
  thingGroupsOperations,
  thingGroupsPermissions,
} from '../registry/thing-groups/index.ts'
import { findThingType, thingTypesOperations, thingTypesPermissions } from '../registry/thing-types/index.ts'
import { hasThingsOfType, thingsOperations, thingsPermissions } from '../registry/things/index.ts'

export interface OfferedServicesDeps {
  store: Store
  fabric: Fabric
  identities: Identities
  accounts: Accounts
  issuer: Issuer
  onboarding: Onboarding
  bulk: Pick<Bulk, 'operations'>
  functions: Functions
  messages: Messages
  shadows: Shadows
  journal: Journal
  connections: () => Connections | undefined
  domainCertificates: DomainCertificates
  logs: Logs
  audit: Audit
  countedMetrics: CountedMetrics
  iotLogging: IotLogging
  rules: Rules
  awsEndpoints: AwsEndpoints
  outbound: Outbound
  region: string
  log: Log
  now: () => Date
}

export function offerServices(deps: OfferedServicesDeps): OfferedServices {
  return {
    iot: service({ operations: iotOperations(deps), permissions: offeredPermissions.iot }),
    iam: service({ operations: iamOperations(deps), permissions: offeredPermissions.iam }),
    'iot-data': service({
      operations: {
        ...dataPlaneOperations(deps),
        ...shadowsOperations(deps),
        ...connectionsOperations(deps),
      },
      permissions: offeredPermissions['iot-data'],
    }),
    lambda: service({
      operations: lambdaOperations(lambdaDeps(deps)),
      permissions: offeredPermissions.lambda,
    }),
    logs: service({ operations: logsOperations(deps), permissions: offeredPermissions.logs }),
    cloudtrail: service({ operations: auditOperations(deps), permissions: offeredPermissions.cloudtrail }),
    cloudwatch: service({
      operations: cloudWatchOperations(deps),
      permissions: offeredPermissions.cloudwatch,
    }),
    organizations: service({
      operations: organizationsOperations(deps),
      permissions: offeredPermissions.organizations,
    }),
    sts: service({ operations: stsOperations(deps), permissions: offeredPermissions.sts }),
  }
}

/** Every node has environments of a function. */
const lambdaDeps = ({ functions, fabric, ...others }: OfferedServicesDeps) => ({
  ...others,
  functions: {
    ...functions,
    retire: (accountId: string, functionName: string) =>
      fabric.announce({ accountId, kind: 'function', id: functionName }),
  },
})

/** The listener calls handlers by name with what the model has validated; their types end here. */
const service = (offered: { operations: object; permissions: object }) =>
  offered as NonNullable<OfferedServices['iot']>

function iotOperations(deps: OfferedServicesDeps) {
  const { onboarding } = deps
  return {
    ...endpointOperations({ endpointOf: deps.accounts.endpointOf }),
    ...certificatesOperations({
      ...deps,
      attachmentsOf: countAttachments,
      detachPolicies: detachAllPolicies,
    }),
    ...transfersOperations({
      ...deps,
      record: deps.journal.record,
      isOpenAccount: (accountId) => deps.accounts.openIds().includes(accountId),
      attachmentsOf: countAttachments,
    }),
    ...caCertificatesOperations({ ...deps, lintRegistrationConfig: onboarding.lintRegistrationConfig }),
    ...tagsOperations({ ...deps, resourceExists }),
    ...thingsOperations({ ...deps, principalExists }),
    ...thingTypesOperations({ ...deps, hasThingsOfType }),
    ...thingGroupsOperations({ ...deps, detachPolicies: detachAllPolicies }),
    ...billingGroupsOperations(deps),
    ...eventConfigurationsOperations(deps),
    ...iotPoliciesOperations(deps),
    ...provisioningTemplatesOperations({ ...deps, record: deps.journal.record }),
    ...provisioningOperations(deps),
    ...claimsOperations({ ...deps, record: deps.journal.record }),
    ...certificateProvidersOperations(deps),
    ...deps.bulk.operations,
    ...topicRulesOperations(deps),
    ...iotLoggingOperations(deps),
    ...connectivityOperations(deps),
    ...roleAliasesOperations(deps),
    ...authorizersOperations({ ...deps, callFunction: deps.functions.callFromService }),
    ...domainConfigurationsOperations({ ...deps, certificateFault: deps.domainCertificates.fault }),
  } satisfies Partial<Operations<typeof Iot>>
}

const iotPermissions = {
  ...endpointPermissions,
  ...certificatesPermissions,
  ...transfersPermissions,
  ...caCertificatesPermissions,
  ...tagsPermissions,
  ...thingsPermissions,
  ...thingTypesPermissions,
  ...thingGroupsPermissions,
  ...billingGroupsPermissions,
  ...eventConfigurationsPermissions,
  ...iotPoliciesPermissions,
  ...provisioningTemplatesPermissions,
  ...provisioningPermissions,
  ...claimsPermissions,
  ...certificateProvidersPermissions,
  ...bulkPermissions,
  ...topicRulesPermissions,
  ...iotLoggingPermissions,
  ...connectivityPermissions,
  ...roleAliasesPermissions,
  ...authorizersPermissions,
  ...domainConfigurationsPermissions,
} satisfies Partial<Permissions<typeof Iot>>

/** What IAM must allow for every operation that is offered, by service and operation. */
export const offeredPermissions = {
  iot: iotPermissions,
  iam: iamPermissions,
  'iot-data': { ...dataPlanePermissions, ...shadowsPermissions, ...connectionsPermissions },
  lambda: lambdaPermissions,
  logs: logsPermissions,
  cloudtrail: auditPermissions,
  cloudwatch: cloudWatchPermissions,
  organizations: organizationsPermissions,
  sts: stsPermissions,
}

/** @throws {AwsError} `InvalidRequestException` for a certificate that is on its way to another account */
async function principalExists(db: Db, accountId: string, principal: string): Promise<boolean> {
  const id = resourceOf(principal, accountId, 'cert')
  const certificate = id === undefined ? undefined : await findCertificate(db, accountId, id)
  if (certificate?.certificateArn !== principal) return false
  checkNotInTransfer(certificate)
  return true
}

async function findNamedProvider(db: Db, accountId: string, name: string) {
  const provider = await findCertificateProvider(db, accountId)
  return provider?.certificateProviderName === name ? provider : undefined
}

type Find = (db: Db, accountId: string, name: string) => Promise<unknown>

/** The taggable resources by the first word of their ARN's last part. */
const taggable: Record<string, Find> = {
  cacert: findCaCertificate,
  cert: findCertificate,
  policy: findPolicy,
  thingtype: findThingType,
  thinggroup: findThingGroup,
  billinggroup: findBillingGroup,
  provisioningtemplate: findProvisioningTemplate,
  rule: findTopicRule,
  rolealias: findRoleAlias,
  certificateprovider: findNamedProvider,
  authorizer: findAuthorizer,
  domainconfiguration: findTaggableDomainConfiguration,
}

async function resourceExists(db: Db, accountId: string, resourceArn: string): Promise<boolean> {
  for (const [kind, find] of Object.entries(taggable)) {
    const name = resourceOf(resourceArn, accountId, kind)
    if (name !== undefined) return (await find(db, accountId, name)) !== undefined
  }
  return false
}

/** The name in an IoT ARN of this account and kind. */
function resourceOf(arn: string, accountId: string, kind: string): string | undefined {
  const parsed = parseArn(arn)
  const isOurs =
    parsed?.service === 'iot' && parsed.accountId === accountId && parsed.resource.startsWith(`${kind}/`)
  return isOurs ? parsed.resource.slice(kind.length + 1) : undefined
}
