import type { Action } from '../../kit/action.ts'

/** What can be done to functions from a list; `onGone` once they are deleted. */
export const functionActions = (names: readonly string[], onGone?: () => void): readonly Action[] => [
  {
    label: 'Delete',
    operation: names.map((FunctionName) => ({
      service: 'lambda',
      operation: 'DeleteFunction',
      input: { FunctionName },
    })),
    question: 'The function goes with its versions and aliases. Its logs and its execution role stay.',
    typed: 'delete',
    disabledReason: names.length === 0 ? 'Select a function first' : undefined,
    onDone: onGone,
  },
]
