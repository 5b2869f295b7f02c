import Link from '@cloudscape-design/components/link'
import { useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** A link within the console, without loading it anew; `href` is its path below `/console`. */
export function PageLink({ href, children }: { href: string; children: ReactNode }) {
  const router = useRouter()
  return (
    <Link
      href={`/console${href}`}
      onFollow={(event) => {
        event.preventDefault()
        router.history.push(`/console${href}`)
      }}
    >
      {children}
    </Link>
  )
}
