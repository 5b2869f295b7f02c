/** What proves who a device is, and what it may do. */
import { caActions } from '../cas/actions.ts'
import { autoRegistration, template, validUntil } from '../cas/cells.tsx'
import { authorizerActions } from '../authorizers/authorizer.ts'
import { authorizerDefault, authorizerStatus } from '../authorizers/cells.tsx'
import { providerActions } from '../certificate-providers/provider.ts'
import { domainActions } from '../domains/domain.ts'
import { roleAliasActions } from '../role-aliases/role-alias.ts'
import { policyActions } from '../policies/policy.ts'
import { certificateActions } from '../certificates/actions.ts'
import { iot, linked, markers, namesOf, status, time, type List } from './list.tsx'

export const securityLists: readonly List[] = [
  {
    path: '/cas',
    section: 'Security',
    title: 'CA certificates',
    navLabel: 'CAs',
    description:
      'Certificate authorities whose devices may come. Auto-registration lets unknown devices of an active CA in.',
    call: iot('ListCACertificates', { pageSize: 100 }),
    paging: markers,
    rows: 'certificates',
    id: 'certificateId',
    actionsOf: (rows) => caActions(rows as never),
    create: { label: 'Register a CA', href: '/cas/register', needs: iot('RegisterCACertificate') },
    columns: [
      { header: 'CA certificate ID', member: 'certificateId', show: linked('certificateId', '/cas') },
      { header: 'Status', member: 'status', show: status('status') },
      { header: 'Auto-registration', member: 'autoRegistrationStatus', show: autoRegistration },
      { header: 'Provisioning template', member: 'templateName', show: template },
      { header: 'Valid until', member: 'validity', show: validUntil },
      { header: 'Created', member: 'creationDate', show: time('creationDate') },
    ],
  },
  {
    path: '/certificates',
    section: 'Security',
    title: 'Certificates',
    actionsOf: (rows) => certificateActions(rows as never),
    create: {
      label: 'Create certificate',
      href: '/create/certificate',
      needs: [iot('CreateKeysAndCertificate')],
    },
    call: iot('ListCertificates', { pageSize: 100 }),
    paging: markers,
    rows: 'certificates',
    id: 'certificateId',
    columns: [
      { header: 'Certificate ID', member: 'certificateId', show: linked('certificateId', '/certificates') },
      { header: 'Status', member: 'status', show: status('status') },
      { header: 'Mode', member: 'certificateMode' },
      { header: 'Created', member: 'creationDate', show: time('creationDate') },
    ],
  },
  {
    path: '/policies',
    section: 'Security',
    title: 'Policies',
    create: { label: 'Create policy', href: '/create/policy', needs: iot('CreatePolicy') },
    actionsOf: (rows) => policyActions(namesOf(rows, 'policyName')),
    call: iot('ListPolicies', { pageSize: 100 }),
    paging: markers,
    rows: 'policies',
    id: 'policyName',
    columns: [
      { header: 'Name', member: 'policyName', show: linked('policyName', '/policies') },
      { header: 'ARN', member: 'policyArn' },
    ],
  },
  {
    path: '/role-aliases',
    section: 'Security',
    title: 'Role aliases',
    call: iot('ListRoleAliases', { pageSize: 100 }),
    paging: markers,
    rows: 'roleAliases',
    id: 'roleAlias',
    create: { label: 'Create role alias', href: '/create/role-alias', needs: iot('CreateRoleAlias') },
    actionsOf: (rows) => roleAliasActions(namesOf(rows, 'roleAlias')),
    columns: [{ header: 'Name', member: 'roleAlias', show: linked('roleAlias', '/role-aliases') }],
  },
  {
    path: '/authorizers',
    section: 'Security',
    title: 'Authorizers',
    description: 'Functions that say who a client without a certificate is, and what it may do.',
    call: iot('ListAuthorizers', { pageSize: 100 }),
    paging: markers,
    rows: 'authorizers',
    id: 'authorizerName',
    create: { label: 'Create authorizer', href: '/create/authorizer', needs: iot('CreateAuthorizer') },
    actionsOf: (rows) => authorizerActions(namesOf(rows, 'authorizerName')),
    columns: [
      { header: 'Name', member: 'authorizerName', show: linked('authorizerName', '/authorizers') },
      { header: 'Status', member: 'status', show: authorizerStatus },
      { header: 'Default', member: 'isDefault', show: authorizerDefault },
      { header: 'ARN', member: 'authorizerArn' },
    ],
  },
  {
    path: '/certificate-providers',
    section: 'Security',
    title: 'Certificate providers',
    description: 'A function that signs the certificates of devices that bring a CSR, instead of Muster.',
    call: iot('ListCertificateProviders'),
    rows: 'certificateProviders',
    id: 'certificateProviderName',
    create: {
      label: 'Create certificate provider',
      href: '/create/certificate-provider',
      needs: iot('CreateCertificateProvider'),
    },
    actionsOf: (rows) => providerActions(namesOf(rows, 'certificateProviderName')),
    columns: [
      {
        header: 'Name',
        member: 'certificateProviderName',
        show: linked('certificateProviderName', '/certificate-providers'),
      },
      { header: 'ARN', member: 'certificateProviderArn' },
    ],
  },
  {
    path: '/domain-configurations',
    section: 'Security',
    title: 'Domain configurations',
    create: {
      label: 'Create domain configuration',
      href: '/create/domain-configuration',
      needs: iot('CreateDomainConfiguration'),
    },
    actionsOf: (rows) => domainActions(rows as never),
    call: iot('ListDomainConfigurations', { pageSize: 100 }),
    paging: markers,
    rows: 'domainConfigurations',
    id: 'domainConfigurationName',
    columns: [
      {
        header: 'Name',
        member: 'domainConfigurationName',
        show: linked('domainConfigurationName', '/domain-configurations'),
      },
      { header: 'Service type', member: 'serviceType' },
      { header: 'ARN', member: 'domainConfigurationArn' },
    ],
  },
]
