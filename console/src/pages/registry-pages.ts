/** What there is, and what proves who a device is: making one, and everything about one. */
import type { Page } from './page.ts'

export const registryPages: readonly Page[] = [
  {
    path: '/connect',
    nav: { section: 'Connect', label: 'Connect one device' },
    load: () => import('./connect/connect.tsx'),
  },
  { path: '/cas/$id', load: () => import('./cas/details.tsx') },
  { path: '/create/certificate', load: () => import('./certificates/create.tsx') },
  { path: '/certificates/$id', load: () => import('./certificates/details.tsx') },
  { path: '/create/thing', load: () => import('./things/create.tsx') },
  { path: '/things/$id', load: () => import('./things/details.tsx') },
  { path: '/create/thing-group', load: () => import('./groups/create-thing-group.tsx') },
  { path: '/thing-groups/$id', load: () => import('./groups/thing-group-details.tsx') },
  { path: '/create/thing-type', load: () => import('./types/create.tsx') },
  { path: '/thing-types/$id', load: () => import('./types/details.tsx') },
  { path: '/create/billing-group', load: () => import('./groups/create-billing-group.tsx') },
  { path: '/billing-groups/$id', load: () => import('./groups/billing-group-details.tsx') },
  { path: '/create/role-alias', load: () => import('./role-aliases/create.tsx') },
  { path: '/role-aliases/$id', load: () => import('./role-aliases/details.tsx') },
  { path: '/create/authorizer', load: () => import('./authorizers/create.tsx') },
  { path: '/authorizers/$id', load: () => import('./authorizers/details.tsx') },
  { path: '/create/certificate-provider', load: () => import('./certificate-providers/create.tsx') },
  { path: '/certificate-providers/$id', load: () => import('./certificate-providers/details.tsx') },
  { path: '/create/domain-configuration', load: () => import('./domains/create.tsx') },
  { path: '/domain-configurations/$id', load: () => import('./domains/details.tsx') },
  {
    path: '/revocation-lists',
    nav: { section: 'Security', label: 'Revocation lists' },
    load: () => import('./revocation/revocation-lists.tsx'),
  },
  { path: '/create/policy', load: () => import('./policies/create.tsx') },
  { path: '/policies/$id', load: () => import('./policies/details.tsx') },
]
