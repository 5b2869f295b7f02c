/** Every page but the plain lists: its path, its place in the navigation, and what shows it. */
import { iamPages } from './iam/iam-pages.ts'
import { logPages } from './log-pages.ts'
import { messagePages } from './message-pages.ts'
import type { Page } from './page.ts'
import { registryPages } from './registry-pages.ts'
import { trialPages } from './trials/trial-pages.ts'

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
  { path: '/search', load: () => import('./search/found.tsx') },
  {
    path: '/cas/register',
    nav: { section: 'Connect', label: 'Register a CA' },
    load: () => import('./cas/register.tsx'),
  },
  {
    path: '/mqtt-test-client',
    nav: { section: 'Test', label: 'MQTT test client' },
    load: () => import('./mqtt/mqtt-test-client.tsx'),
  },
  {
    path: '/policy-simulator',
    nav: { section: 'Test', label: 'Policy simulator' },
    load: () => import('./simulator/simulator.tsx'),
  },
  ...trialPages,
  ...registryPages,
  ...messagePages,
  ...logPages,
  {
    path: '/connections',
    nav: { section: 'Manage', label: 'Connections' },
    load: () => import('./connections/connections.tsx'),
  },
  ...iamPages,
  {
    path: '/sessions',
    nav: { section: 'Settings', label: 'Console sessions' },
    load: () => import('./sessions/sessions.tsx'),
  },
  {
    path: '/settings',
    nav: { section: 'Settings', label: 'Settings' },
    load: () => import('./settings/settings.tsx'),
  },
]
