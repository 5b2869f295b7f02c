import type { ReactNode } from 'react'

/** A route of the console. */
export interface Page {
  path: string
  /** Where it stands in the navigation, and under which name; absent: nowhere. */
  nav?: { section: string; label: string }
  load: () => Promise<{ Page: () => ReactNode }>
}
