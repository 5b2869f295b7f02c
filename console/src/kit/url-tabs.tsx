import Tabs from '@cloudscape-design/components/tabs'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'

export interface Tab {
  id: string
  label: string
  content: ReactNode
}

/** Tabs of which the address says which one is open; what is not open is not asked for. */
export function UrlTabs({ tabs }: { tabs: readonly Tab[] }) {
  const { tab } = useSearch({ strict: false }) as { tab?: string }
  const navigate = useNavigate()
  return (
    <Tabs
      tabs={tabs as Tab[]}
      activeTabId={tabs.some(({ id }) => id === tab) ? (tab ?? '') : (tabs[0]?.id ?? '')}
      onChange={({ detail }) =>
        void navigate({
          to: '.',
          search: (previous: object) => ({ ...previous, tab: detail.activeTabId }),
          replace: true,
        } as never)
      }
    />
  )
}
