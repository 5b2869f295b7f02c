/** Where messages go, and what runs then. */
import type { Page } from './page.ts'

export const messagePages: readonly Page[] = [
  { path: '/create/rule', load: () => import('./rules/create.tsx') },
  { path: '/rules/$id', load: () => import('./rules/details.tsx') },
  { path: '/rules/$id/edit', load: () => import('./rules/edit.tsx') },
  { path: '/create/destination', load: () => import('./destinations/create.tsx') },
  { path: '/destinations/confirm', load: () => import('./destinations/confirm.tsx') },
  { path: '/destinations/destination', load: () => import('./destinations/details.tsx') },
  { path: '/retained-messages/message', load: () => import('./retained/details.tsx') },
  { path: '/create/function', load: () => import('./functions/create.tsx') },
  { path: '/functions/$id', load: () => import('./functions/details.tsx') },
]
