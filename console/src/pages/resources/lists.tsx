/** The plain lists: which call, which columns. One row a kind of resource. */
import { iamMarkers, iot, linked, time, tokens, type List } from './list.tsx'
import { manageLists } from './manage-lists.tsx'
import { messageLists } from './message-lists.tsx'
import { securityLists } from './security-lists.tsx'

export const lists: readonly List[] = [
  ...securityLists,
  ...manageLists,
  ...messageLists,
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
