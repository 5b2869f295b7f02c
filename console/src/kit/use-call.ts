import { useQuery } from '@tanstack/react-query'
import { call, getOwn, type OperationCall } from '../api/call.ts'
import type { OwnQuery } from '../api/own-path.ts'

/** The answer of a call that changes nothing. */
export const useCall = <Output>(operation: OperationCall) =>
  useQuery({
    queryKey: [operation.service, operation.operation, operation.input],
    queryFn: () => call<Output>(operation),
  })

/** The answer of a route of Muster's own. */
export const useOwn = <Output>(route: string, query: OwnQuery = {}, isEnabled = true) =>
  useQuery({
    queryKey: ['muster', route, query],
    queryFn: () => getOwn<Output>(route, query),
    enabled: isEnabled,
  })
