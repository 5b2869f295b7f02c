/** Things, and what they are sorted by. */
import { iot, linked, tokens, type List } from './list.tsx'

export const manageLists: readonly List[] = [
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
]
