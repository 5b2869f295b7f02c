/** Things, and what they are sorted by. */
import { billingGroupActions } from '../groups/billing-group.ts'
import { thingGroupActions } from '../groups/thing-group.ts'
import { thingListActions } from '../things/list-actions.tsx'
import { thingTypeActions } from '../types/thing-type.ts'
import { iot, linked, namesOf, tokens, type List } from './list.tsx'

export const manageLists: readonly List[] = [
  {
    path: '/things',
    section: 'Manage',
    title: 'Things',
    call: iot('ListThings', { maxResults: 100 }),
    paging: tokens,
    rows: 'things',
    id: 'thingName',
    create: { label: 'Create single thing', href: '/create/thing', needs: iot('CreateThing') },
    actionsOf: (rows) => thingListActions(namesOf(rows, 'thingName')),
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
    call: iot('ListThingGroups', { recursive: false, maxResults: 100 }),
    paging: tokens,
    rows: 'thingGroups',
    id: 'groupName',
    childrenCall: (parentGroup) => iot('ListThingGroups', { parentGroup, recursive: false, maxResults: 250 }),
    create: { label: 'Create thing group', href: '/create/thing-group', needs: iot('CreateThingGroup') },
    actionsOf: (rows) => thingGroupActions(namesOf(rows, 'groupName')),
    columns: [
      { header: 'Name', member: 'groupName', show: linked('groupName', '/thing-groups') },
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
    create: { label: 'Create thing type', href: '/create/thing-type', needs: iot('CreateThingType') },
    actionsOf: (rows) => thingTypeActions(rows as never),
    columns: [
      { header: 'Name', member: 'thingTypeName', show: linked('thingTypeName', '/thing-types') },
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
    create: {
      label: 'Create billing group',
      href: '/create/billing-group',
      needs: iot('CreateBillingGroup'),
    },
    actionsOf: (rows) => billingGroupActions(namesOf(rows, 'groupName')),
    columns: [
      { header: 'Name', member: 'groupName', show: linked('groupName', '/billing-groups') },
      { header: 'ARN', member: 'groupArn' },
    ],
  },
]
