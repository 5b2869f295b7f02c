/** The navigation, made of the tables of pages and lists. */
import { lists } from './pages/resources/lists.tsx'
import { pages } from './pages/pages.ts'

const sections = [
  'Onboarding',
  'Connect',
  'Test',
  'Manage',
  'Security',
  'Message routing',
  'Functions',
  'Logs',
  'IAM',
  'Settings',
]

/** What one begins with goes first in its section, then the lists. */
const first = ['/connect', '/cas/register', '/certificates']

export function navigation() {
  const all = [
    ...lists.map(({ path, section, title, navLabel = title }) => ({ path, section, label: navLabel })),
    ...pages.flatMap(({ path, nav }) => (nav ? [{ ...nav, path }] : [])),
  ]
  const isFirst = ({ path }: { path: string }) => first.includes(path)
  const entries = [
    ...first.flatMap((path) => all.find((entry) => entry.path === path) ?? []),
    ...all.filter((entry) => !isFirst(entry)),
  ]
  return sections.flatMap((section) => {
    const links = entries.filter((entry) => entry.section === section)
    if (links.length === 0) return []
    const items = links.map(({ label, path }) => ({ type: 'link', text: label, href: `/console${path}` }))
    return [{ type: 'section', text: section, items }]
  })
}

/** Of the link whose page this is, or whose list leads to it; `pathname` is below `/console`. */
export function activeHref(pathname: string): string {
  const paths = [...lists, ...pages.filter(({ nav }) => nav)].map(({ path }) => path)
  if (paths.includes(pathname)) return `/console${pathname}`
  const made = lists.find(({ create }) => create?.href === pathname)
  const above = paths.filter((path) => path !== '/' && pathname.startsWith(`${path}/`))
  const [nearest = ''] = above.toSorted((one, other) => other.length - one.length)
  return `/console${made?.path ?? nearest}`
}
