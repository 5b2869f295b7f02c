import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { call, type OperationCall } from '../api/call.ts'

/** One call, or several that are made one after the other until one fails. */
export type Calls = OperationCall | readonly OperationCall[]

export const listCalls = (calls: Calls): readonly OperationCall[] => ('operation' in calls ? [calls] : calls)

/**
 * Makes calls that change something, then asks anew for everything shown. `onDone` gets the last answer. Where one fails,
 * those before it are not made again when a person has mended the form and sends it once more.
 */
export function useChange<Output>(onDone?: (output: Output) => void) {
  const queries = useQueryClient()
  const made = useRef<string[]>([])
  return useMutation({
    mutationFn: async (calls: Calls) => {
      const list = listCalls(calls).map((one) => ({ one, written: JSON.stringify(one) }))
      const before = made.current
      made.current = []
      let output: unknown
      let isMade = true
      for (const [at, { one, written }] of list.entries()) {
        isMade &&= before[at] === written
        if (!isMade) output = await call(one)
        made.current.push(written)
      }
      made.current = []
      return output as Output
    },
    onSuccess: (output) => {
      onDone?.(output)
      void queries.invalidateQueries()
    },
  })
}
