import type { ReactNode } from 'react'
import { useMissingPermissions } from './permissions.ts'
import type { Calls } from './use-change.ts'

interface NamedAction {
  label: string
  /** Calls that will be made when the form, or the page, is sent: who may not make them is told. */
  needs?: Calls | undefined
  /** Why it cannot be done now. */
  disabledReason?: string | undefined
}

/** Calls that are made once a person has said yes. */
export interface AskedAction extends NamedAction {
  operation: Calls
  /** What a person is asked before; the calls are shown beside it. */
  question: string
  /** What has to be typed before, as for what cannot be undone: `delete`. */
  typed?: string | undefined
  onDone?: (() => void) | undefined
}

/** A form of its own, in a dialog. */
export interface FormAction extends NamedAction {
  form: (close: () => void) => ReactNode
}

/** Another page; `href` is its path below `/console`. */
export interface LinkAction extends NamedAction {
  href: string
}

/** What a button, or a line of a menu, does. */
export type Action = AskedAction | FormAction | LinkAction

/** What an action calls, as far as it is known before. */
const callsOf = (action: Action): Calls | undefined =>
  'operation' in action ? action.operation : action.needs

/** With a reason not to, where a permission is missing. */
export function useOffered(actions: readonly Action[]): readonly Action[] {
  const missing = useMissingPermissions(actions.map(callsOf))
  return actions.map((action, at) => ({
    ...action,
    disabledReason: action.disabledReason ?? missing[at],
  }))
}
