/** Every page but the plain lists: its path, its place in the navigation, and what shows it. */
import type { ReactNode } from 'react'

export interface Page {
  path: string
  /** Where it stands in the navigation, and under which name; absent: nowhere. */
  nav?: { section: string; label: string }
  load: () => Promise<{ Page: () => ReactNode }>
}

/** Beside the plain lists of `pages/resources/lists.tsx`. */
export const pages: readonly Page[] = [
  { path: '/', nav: { section: 'Onboarding', label: 'Live' }, load: () => import('./live/live.tsx') },
  {
    path: '/refused',
    nav: { section: 'Onboarding', label: 'Waiting and refused' },
    load: () => import('./live/refused.tsx'),
  },
  {
    path: '/explain',
    nav: { section: 'Onboarding', label: 'Explain' },
    load: () => import('./explain/explain.tsx'),
  },
  {
    path: '/cas/register',
    nav: { section: 'Connect', label: 'Register a CA' },
    load: () => import('./cas/register.tsx'),
  },
  { path: '/cas/$id', load: () => import('./cas/details.tsx') },
  { path: '/certificates/$id', load: () => import('./certificates/details.tsx') },
  { path: '/things/$id', load: () => import('./resources/thing.tsx') },
  { path: '/templates/$id', load: () => import('./templates/details.tsx') },
  { path: '/policies/$id', load: () => import('./resources/policy.tsx') },
  {
    path: '/sessions',
    nav: { section: 'Settings', label: 'Console sessions' },
    load: () => import('./sessions/sessions.tsx'),
  },
  {
    path: '/settings',
    nav: { section: 'Settings', label: 'Endpoints' },
    load: () => import('./settings/settings.tsx'),
  },
]
