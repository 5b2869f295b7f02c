import { useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import type { Action } from './action.ts'

const Confirm = lazy(async () => ({ default: (await import('./confirm.tsx')).Confirm }))

/** Begins actions: their pages, their forms, their questions. `dialog` stands beside what begins them. */
export function useActions(): { begin: (action: Action) => void; dialog: ReactNode } {
  const router = useRouter()
  const [open, setOpen] = useState<Exclude<Action, { href: string }>>()
  const close = () => setOpen(undefined)
  return {
    begin: (action) => ('href' in action ? router.history.push(`/console${action.href}`) : setOpen(action)),
    dialog:
      open === undefined ? null : 'form' in open ? (
        open.form(close)
      ) : (
        <Suspense>
          <Confirm action={open} onClose={close} />
        </Suspense>
      ),
  }
}
