/** Every page: its path, its place in the navigation, and what shows it. */
import { createRootRoute, createRoute, lazyRouteComponent, type AnyRoute } from '@tanstack/react-router'
import { Shell } from './shell.tsx'
import { lists } from './pages/resources/lists.tsx'
import { ListPage } from './pages/resources/list-page.tsx'

export const root = createRootRoute({ component: Shell })

interface Page {
  path: string
  /** Where it stands in the navigation, and under which name; absent: nowhere. */
  nav?: { section: string; label: string }
  load: () => Promise<{ Page: () => React.ReactNode }>
}

/** Beside the plain lists of `pages/resources/lists.tsx`. */
export const pages: readonly Page[] = [
  { path: '/', nav: { section: 'Onboarding', label: 'Live' }, load: () => import('./pages/live/live.tsx') },
  {
    path: '/refused',
    nav: { section: 'Onboarding', label: 'Waiting and refused' },
    load: () => import('./pages/live/refused.tsx'),
  },
  {
    path: '/explain',
    nav: { section: 'Onboarding', label: 'Explain' },
    load: () => import('./pages/explain/explain.tsx'),
  },
  {
    path: '/cas/register',
    nav: { section: 'Connect', label: 'Register a CA' },
    load: () => import('./pages/cas/register.tsx'),
  },
  { path: '/cas/$id', load: () => import('./pages/cas/details.tsx') },
  { path: '/certificates/$id', load: () => import('./pages/certificates/details.tsx') },
  { path: '/things/$id', load: () => import('./pages/resources/thing.tsx') },
  { path: '/policies/$id', load: () => import('./pages/resources/policy.tsx') },
  {
    path: '/sessions',
    nav: { section: 'Settings', label: 'Console sessions' },
    load: () => import('./pages/sessions/sessions.tsx'),
  },
  {
    path: '/settings',
    nav: { section: 'Settings', label: 'Endpoints' },
    load: () => import('./pages/settings/settings.tsx'),
  },
]

const validateSearch = (search: Record<string, unknown>) => search as Record<string, string | undefined>

const pageRoutes: AnyRoute[] = pages.map(({ path, load }) =>
  createRoute({
    getParentRoute: () => root,
    path,
    validateSearch,
    component: lazyRouteComponent(load, 'Page'),
  }),
)

const listRoutes: AnyRoute[] = lists.map((list) =>
  createRoute({
    getParentRoute: () => root,
    path: list.path,
    validateSearch,
    component: () => <ListPage list={list} />,
  }),
)

export const routeTree = root.addChildren([...pageRoutes, ...listRoutes])
