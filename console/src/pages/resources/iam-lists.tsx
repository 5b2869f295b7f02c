/** Who may do what: the lists of IAM. */
import type { OperationCall } from '../../api/call.ts'
import { iamMarkers, linked, time, type List } from './list.tsx'

const iam = (operation: string, input: object = {}): OperationCall => ({ service: 'iam', operation, input })

export const iamLists: readonly List[] = [
  {
    path: '/iam/users',
    section: 'IAM',
    title: 'Users',
    description: 'People and tools, each with credentials of its own.',
    call: iam('ListUsers'),
    paging: iamMarkers,
    rows: 'Users',
    id: 'UserName',
    create: { label: 'Create user', href: '/create/user', needs: iam('CreateUser') },
    columns: [
      { header: 'User name', member: 'UserName', show: linked('UserName', '/iam/users') },
      { header: 'ARN', member: 'Arn' },
      { header: 'Created', member: 'CreateDate', show: time('CreateDate') },
    ],
  },
  {
    path: '/iam/groups',
    section: 'IAM',
    title: 'User groups',
    description: 'What is granted to a group is granted to its users.',
    call: iam('ListGroups'),
    paging: iamMarkers,
    rows: 'Groups',
    id: 'GroupName',
    create: { label: 'Create group', href: '/create/user-group', needs: iam('CreateGroup') },
    columns: [
      { header: 'Group name', member: 'GroupName', show: linked('GroupName', '/iam/groups') },
      { header: 'ARN', member: 'Arn' },
      { header: 'Created', member: 'CreateDate', show: time('CreateDate') },
    ],
  },
  {
    path: '/iam/roles',
    section: 'IAM',
    title: 'Roles',
    description: 'What JITP, functions, and rules act as.',
    call: iam('ListRoles'),
    paging: iamMarkers,
    rows: 'Roles',
    id: 'RoleName',
    create: { label: 'Create role', href: '/create/role', needs: iam('CreateRole') },
    columns: [
      { header: 'Role name', member: 'RoleName', show: linked('RoleName', '/iam/roles') },
      { header: 'ARN', member: 'Arn' },
      { header: 'Description', member: 'Description' },
      { header: 'Created', member: 'CreateDate', show: time('CreateDate') },
    ],
  },
  {
    path: '/iam/policies',
    section: 'IAM',
    title: 'IAM policies',
    navLabel: 'Policies',
    description:
      'Policies of AWS, and those of this account, for users, groups, and roles. Those of devices are under Security.',
    call: iam('ListPolicies'),
    paging: iamMarkers,
    rows: 'Policies',
    id: 'Arn',
    create: { label: 'Create policy', href: '/create/iam-policy', needs: iam('CreatePolicy') },
    columns: [
      { header: 'Policy name', member: 'PolicyName', show: linked('Arn', '/iam/policies', 'PolicyName') },
      { header: 'ARN', member: 'Arn' },
      { header: 'Attached', member: 'AttachmentCount' },
      { header: 'Description', member: 'Description' },
    ],
  },
]
