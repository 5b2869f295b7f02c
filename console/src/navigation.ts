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

export function navigation() {
  const entries = [
    ...pages.flatMap(({ path, nav }) => (nav ? [{ ...nav, path }] : [])),
    ...lists.map(({ path, section, title, navLabel = title }) => ({ path, section, label: navLabel })),
  ]
  return sections.flatMap((section) => {
    const links = entries.filter((entry) => entry.section === section)
    if (links.length === 0) return []
    const items = links.map(({ label, path }) => ({ type: 'link', text: label, href: `/console${path}` }))
    return [{ type: 'section', text: section, items }]
  })
}
