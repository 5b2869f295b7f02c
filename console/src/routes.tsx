/** The routes, made of the tables of pages and lists. */
import { createRootRoute, createRoute, lazyRouteComponent, type AnyRoute } from '@tanstack/react-router'
import { Shell } from './shell.tsx'
import { lists } from './pages/resources/lists.tsx'
import { pages } from './pages/pages.ts'
import { ListPage } from './pages/resources/list-page.tsx'

export const root = createRootRoute({ component: Shell })

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
