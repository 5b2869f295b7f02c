import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call, type OperationCall } from '../api/call.ts'

/** One call, or several that are made one after the other until one fails. */
export type Calls = OperationCall | readonly OperationCall[]

export const listCalls = (calls: Calls): readonly OperationCall[] => ('operation' in calls ? [calls] : calls)

/** Makes calls that change something, then asks anew for everything shown. `onDone` gets the last answer. */
export function useChange<Output>(onDone?: (output: Output) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (calls: Calls) => {
      let output: unknown
      for (const one of listCalls(calls)) output = await call(one)
      return output as Output
    },
    onSuccess: (output) => {
      onDone?.(output)
      void queries.invalidateQueries()
    },
  })
}
