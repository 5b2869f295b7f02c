import './reset.css'
import I18nProvider from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRouter, RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { routeTree } from './routes.tsx'
import { parseSearch, stringifySearch } from './search-text.ts'

const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 5000 } } })
const router = createRouter({
  routeTree,
  basepath: '/console',
  defaultPreload: 'intent',
  parseSearch,
  stringifySearch,
})

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
)
