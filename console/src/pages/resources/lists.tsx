/** The plain lists: which call, which columns. One row a kind of resource. */
import type { ReactNode } from 'react'
import type { OperationCall } from '../../api/call.ts'
import { PageLink } from '../../kit/page-link.tsx'
import type { Paging } from '../../kit/resource-table.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'

/** A resource as the API lists it: AWS member names. */
export type Row = Readonly<Record<string, unknown>>

export interface ListColumn {
  header: string
  /** A member of the resource. */
  member: string
  show?: (row: Row) => ReactNode
}

export interface List {
  path: string
  section: string
  title: string
  description?: string
  call: OperationCall
  paging?: Paging
  /** The member of the output that holds the rows. */
  rows: string
  id: string
  columns: readonly ListColumn[]
  /** A button that leads to making a new one. */
  create?: { label: string; href: string }
}

export const valueOf = (row: Row, member: string): string => {
  const value = row[member]
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

const linked =
  (member: string, base: string, label = member) =>
  (row: Row) => (
    <PageLink href={`${base}/${encodeURIComponent(valueOf(row, member))}`}>
      {shown(valueOf(row, label))}
    </PageLink>
  )
const time = (member: string) => (row: Row) => showTime(row[member] as number | undefined)
const status = (member: string) => (row: Row) => <Status value={row[member] as string | undefined} />

const markers: Paging = { marker: 'marker', nextMarker: 'nextMarker' }
const tokens: Paging = { marker: 'nextToken', nextMarker: 'nextToken' }
const iamMarkers: Paging = { marker: 'Marker', nextMarker: 'Marker' }
const lambdaMarkers: Paging = { marker: 'Marker', nextMarker: 'NextMarker' }
const iot = (operation: string, input: object = {}): OperationCall => ({ service: 'iot', operation, input })

export const lists: readonly List[] = [
  {
    path: '/cas',
    section: 'Security',
    title: 'CA certificates',
    description:
      'Certificate authorities whose devices may come. Auto-registration lets unknown devices of an active CA in.',
    call: iot('ListCACertificates', { pageSize: 100 }),
    paging: markers,
    rows: 'certificates',
    id: 'certificateId',
    create: { label: 'Register a CA', href: '/cas/register' },
    columns: [
      { header: 'CA certificate ID', member: 'certificateId', show: linked('certificateId', '/cas') },
      { header: 'Status', member: 'status', show: status('status') },
      { header: 'Created', member: 'creationDate', show: time('creationDate') },
    ],
  },
  {
    path: '/certificates',
    section: 'Security',
    title: 'Certificates',
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
    columns: [{ header: 'Name', member: 'roleAlias' }],
  },
  {
    path: '/domain-configurations',
    section: 'Security',
    title: 'Domain configurations',
    call: iot('ListDomainConfigurations', { pageSize: 100 }),
    paging: markers,
    rows: 'domainConfigurations',
    id: 'domainConfigurationName',
    columns: [
      { header: 'Name', member: 'domainConfigurationName' },
      { header: 'Service type', member: 'serviceType' },
      { header: 'ARN', member: 'domainConfigurationArn' },
    ],
  },
  {
    path: '/things',
    section: 'Manage',
    title: 'Things',
    call: iot('ListThings', { maxResults: 100 }),
    paging: tokens,
    rows: 'things',
    id: 'thingName',
    columns: [
      { header: 'Name', member: 'thingName', show: linked('thingName', '/things') },
      { header: 'Thing type', member: 'thingTypeName' },
      { header: 'Attributes', member: 'attributes' },
      { header: 'Version', member: 'version' },
    ],
  },
  {
    path: '/thing-groups',
    section: 'Manage',
    title: 'Thing groups',
    call: iot('ListThingGroups', { maxResults: 100 }),
    paging: tokens,
    rows: 'thingGroups',
    id: 'groupName',
    columns: [
      { header: 'Name', member: 'groupName' },
      { header: 'ARN', member: 'groupArn' },
    ],
  },
  {
    path: '/thing-types',
    section: 'Manage',
    title: 'Thing types',
    call: iot('ListThingTypes', { maxResults: 100 }),
    paging: tokens,
    rows: 'thingTypes',
    id: 'thingTypeName',
    columns: [
      { header: 'Name', member: 'thingTypeName' },
      { header: 'Properties', member: 'thingTypeProperties' },
    ],
  },
  {
    path: '/billing-groups',
    section: 'Manage',
    title: 'Billing groups',
    call: iot('ListBillingGroups', { maxResults: 100 }),
    paging: tokens,
    rows: 'billingGroups',
    id: 'groupName',
    columns: [
      { header: 'Name', member: 'groupName' },
      { header: 'ARN', member: 'groupArn' },
    ],
  },
  {
    path: '/templates',
    section: 'Connect',
    title: 'Provisioning templates',
    call: iot('ListProvisioningTemplates', { maxResults: 100 }),
    paging: tokens,
    rows: 'templates',
    id: 'templateName',
    columns: [
      { header: 'Name', member: 'templateName' },
      { header: 'Type', member: 'type' },
      { header: 'Description', member: 'description' },
      { header: 'Last modified', member: 'lastModifiedDate', show: time('lastModifiedDate') },
    ],
  },
  {
    path: '/rules',
    section: 'Rules and functions',
    title: 'Rules',
    call: iot('ListTopicRules', { maxResults: 100 }),
    paging: tokens,
    rows: 'rules',
    id: 'ruleName',
    columns: [
      { header: 'Name', member: 'ruleName' },
      { header: 'Topic', member: 'topicPattern' },
      { header: 'Switched off', member: 'ruleDisabled' },
      { header: 'Created', member: 'createdAt', show: time('createdAt') },
    ],
  },
  {
    path: '/functions',
    section: 'Rules and functions',
    title: 'Functions',
    call: { service: 'lambda', operation: 'ListFunctions', input: { MaxItems: 50 } },
    paging: lambdaMarkers,
    rows: 'Functions',
    id: 'FunctionName',
    columns: [
      { header: 'Name', member: 'FunctionName' },
      { header: 'Runtime', member: 'Runtime' },
      { header: 'Handler', member: 'Handler' },
      { header: 'Last modified', member: 'LastModified' },
    ],
  },
  {
    path: '/log-groups',
    section: 'Logs',
    title: 'Log groups',
    call: { service: 'logs', operation: 'DescribeLogGroups', input: {} },
    paging: tokens,
    rows: 'logGroups',
    id: 'logGroupName',
    columns: [
      { header: 'Name', member: 'logGroupName' },
      { header: 'Retention (days)', member: 'retentionInDays' },
      { header: 'Bytes', member: 'storedBytes' },
    ],
  },
  {
    path: '/iam/users',
    section: 'IAM',
    title: 'Users',
    call: { service: 'iam', operation: 'ListUsers', input: {} },
    paging: iamMarkers,
    rows: 'Users',
    id: 'UserName',
    columns: [
      { header: 'Name', member: 'UserName' },
      { header: 'ARN', member: 'Arn' },
      { header: 'Created', member: 'CreateDate', show: time('CreateDate') },
    ],
  },
  {
    path: '/iam/roles',
    section: 'IAM',
    title: 'Roles',
    call: { service: 'iam', operation: 'ListRoles', input: {} },
    paging: iamMarkers,
    rows: 'Roles',
    id: 'RoleName',
    columns: [
      { header: 'Name', member: 'RoleName' },
      { header: 'ARN', member: 'Arn' },
      { header: 'Created', member: 'CreateDate', show: time('CreateDate') },
    ],
  },
]
