/** What stands around every page: the bar on top, the navigation, the page. */
import AppLayout from '@cloudscape-design/components/app-layout'
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation'
import TopNavigation from '@cloudscape-design/components/top-navigation'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useLocation, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { getSession, signOut } from './api/call.ts'
import { activeHref, navigation } from './navigation.ts'
import { SearchBox, useSearchAnywhere } from './search-box.tsx'
import { text } from './text/en.ts'
import { useContentFocus } from './use-content-focus.ts'
import { useMode } from './use-mode.ts'

/** Light and dark. */
function HalfDisc() {
  return (
    <svg viewBox="0 0 16 16" focusable={false} aria-hidden>
      <circle cx={8} cy={8} r={6} />
      <path className="filled" d="M8 2a6 6 0 0 1 0 12z" />
    </svg>
  )
}

export function Shell() {
  const { data: session } = useQuery({ queryKey: ['session'], queryFn: getSession, refetchInterval: 60_000 })
  const router = useRouter()
  const { pathname } = useLocation()
  const [isOpen, setOpen] = useState(() => innerWidth > 700)
  const toggleMode = useMode()
  const content = useContentFocus()
  useSearchAnywhere()
  const follow = (event: CustomEvent<{ href?: string; external?: boolean }>) => {
    if (event.detail.external === true || event.detail.href === undefined) return
    event.preventDefault()
    router.history.push(event.detail.href)
  }
  return (
    <>
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault()
          content.current?.focus()
        }}
      >
        {text.skip}
      </a>
      <div id="top">
        <TopNavigation
          identity={{ href: '/console/', title: 'Muster', onFollow: (event) => follow(event as never) }}
          search={<SearchBox />}
          utilities={[
            {
              type: 'button',
              text: session ? `${session.region} · ${session.accountId}` : '',
              disableUtilityCollapse: false,
            },
            {
              type: 'button',
              iconSvg: <HalfDisc />,
              ariaLabel: text.lightOrDark,
              title: text.lightOrDark,
              onClick: toggleMode,
            },
            {
              type: 'menu-dropdown',
              text: session?.arn.split(':').at(-1) ?? '',
              iconName: 'user-profile',
              items: [
                { id: 'sessions', text: 'Console sessions', href: '/console/sessions' },
                { id: 'sign-out', text: text.signOut },
              ],
              onItemFollow: (event) => follow(event as never),
              onItemClick: ({ detail }) => {
                if (detail.id === 'sign-out')
                  void signOut().finally(() => location.assign('/console/sign-in'))
              },
            },
          ]}
        />
      </div>
      <AppLayout
        headerSelector="#top"
        contentType="table"
        navigationOpen={isOpen}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        toolsHide
        navigation={
          <SideNavigation
            activeHref={activeHref(pathname)}
            items={navigation() as SideNavigationProps.Item[]}
            onFollow={(event) => follow(event as never)}
          />
        }
        ariaLabels={{
          navigation: 'Navigation',
          navigationClose: 'Close navigation',
          navigationToggle: 'Open navigation',
        }}
        content={
          <div ref={content} id="content" tabIndex={-1}>
            <Outlet />
          </div>
        }
      />
    </>
  )
}
