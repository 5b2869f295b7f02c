import { useInfiniteQuery } from '@tanstack/react-query'
import { call, type OperationCall } from '../api/call.ts'

/** How an operation pages: its members' names. */
export interface Paging {
  /** Of the input, where the next page begins. */
  marker: string
  /** Of the output. */
  nextMarker: string
}

/** A list, page after page as a person asks for more. */
export const usePages = (operation: OperationCall, paging: Paging | undefined) =>
  useInfiniteQuery({
    queryKey: ['pages', operation.service, operation.operation, operation.input],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      call<Record<string, unknown>>({
        ...operation,
        input: {
          ...operation.input,
          ...(paging && pageParam !== undefined && { [paging.marker]: pageParam }),
        },
      }),
    getNextPageParam: (page) => (paging ? (page[paging.nextMarker] as string | undefined) : undefined),
  })
