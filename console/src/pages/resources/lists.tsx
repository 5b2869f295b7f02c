/** The plain lists: which call, which columns. One row a kind of resource. */
import { iamMarkers, iot, lambdaMarkers, linked, time, tokens, type List } from './list.tsx'
import { manageLists } from './manage-lists.tsx'
import { securityLists } from './security-lists.tsx'

export const lists: readonly List[] = [
  ...securityLists,
  ...manageLists,
  {
    path: '/templates',
    section: 'Connect',
    title: 'Provisioning templates',
    call: iot('ListProvisioningTemplates', { maxResults: 100 }),
    paging: tokens,
    rows: 'templates',
    id: 'templateName',
    columns: [
      { header: 'Name', member: 'templateName', show: linked('templateName', '/templates') },
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
