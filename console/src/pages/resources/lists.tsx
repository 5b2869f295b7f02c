/** The plain lists: which call, which columns. One row a kind of resource. */
import { iamLists } from './iam-lists.tsx'
import { iot, linked, time, tokens, type List } from './list.tsx'
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
    create: {
      label: 'Create provisioning template',
      href: '/create/template',
      needs: iot('CreateProvisioningTemplate'),
    },
    columns: [
      { header: 'Name', member: 'templateName', show: linked('templateName', '/templates') },
      { header: 'Type', member: 'type' },
      { header: 'Description', member: 'description' },
      { header: 'Last modified', member: 'lastModifiedDate', show: time('lastModifiedDate') },
    ],
  },
  ...iamLists,
]
