import type { Action } from '../../kit/action.ts'

/** What can be done to log groups from a list; `onGone` once they are deleted. */
export const groupActions = (names: readonly string[], onGone?: () => void): readonly Action[] => [
  {
    label: 'Delete log group(s)',
    operation: names.map((logGroupName) => ({
      service: 'logs',
      operation: 'DeleteLogGroup',
      input: { logGroupName },
    })),
    question: 'The log group goes with all that was logged in it.',
    typed: 'delete',
    disabledReason: names.length === 0 ? 'Select a log group first' : undefined,
    onDone: onGone,
  },
]
