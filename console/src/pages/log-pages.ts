/** What was logged, and who did what. */
import type { Page } from './page.ts'

export const logPages: readonly Page[] = [
  { path: '/log-groups/group', load: () => import('./logs/group.tsx') },
  { path: '/log-groups/events', load: () => import('./logs/events.tsx') },
  { path: '/audit', nav: { section: 'Logs', label: 'Audit' }, load: () => import('./audit/audit.tsx') },
  { path: '/audit/event', load: () => import('./audit/event.tsx') },
]
