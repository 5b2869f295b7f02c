/** What would become of a device, and templates. */
import type { Page } from '../page.ts'

export const trialPages: readonly Page[] = [
  {
    path: '/dry-run',
    nav: { section: 'Onboarding', label: 'Dry run' },
    load: () => import('./dry-run.tsx'),
  },
  {
    path: '/inspect',
    nav: { section: 'Onboarding', label: 'Inspect a certificate' },
    load: () => import('./inspect.tsx'),
  },
  { path: '/create/template', load: () => import('../templates/create.tsx') },
  { path: '/templates/$id', load: () => import('../templates/details.tsx') },
  { path: '/templates/$id/edit', load: () => import('../templates/edit.tsx') },
]
