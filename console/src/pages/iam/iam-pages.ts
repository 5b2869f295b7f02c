/** Making and changing who may do what. */
import type { Page } from '../page.ts'

export const iamPages: readonly Page[] = [
  { path: '/create/user', load: () => import('./create-user.tsx') },
  { path: '/iam/users/$id', load: () => import('./user-details.tsx') },
  { path: '/create/user-group', load: () => import('./create-group.tsx') },
  { path: '/iam/groups/$id', load: () => import('./group-details.tsx') },
  { path: '/create/role', load: () => import('./create-role.tsx') },
  { path: '/iam/roles/$id', load: () => import('./role-details.tsx') },
  { path: '/create/iam-policy', load: () => import('./create-policy.tsx') },
  { path: '/iam/policies/$id', load: () => import('./policy-details.tsx') },
  {
    path: '/iam/account-settings',
    nav: { section: 'IAM', label: 'Account settings' },
    load: () => import('./account-settings.tsx'),
  },
  {
    path: '/iam/security-credentials',
    nav: { section: 'IAM', label: 'My security credentials' },
    load: () => import('./security-credentials.tsx'),
  },
]
