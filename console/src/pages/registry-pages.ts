/** What there is, and what proves who a device is: making one, and everything about one. */
import type { Page } from './page.ts'

export const registryPages: readonly Page[] = [
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
  { path: '/policies/$id', load: () => import('./resources/policy.tsx') },
]
