import { useInfiniteQuery } from '@tanstack/react-query'
import { getOwn } from '../api/call.ts'

/** A list of Muster's own, page after page as a person asks for more. */
export const useOwnPages = <Page extends { nextMarker?: string }>(
  route: string,
  query: Readonly<Record<string, string>>,
) =>
  useInfiniteQuery({
    queryKey: ['muster', 'pages', route, query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: marker }) =>
      getOwn<Page>(route, { ...query, ...(marker !== undefined && { marker }) }),
    getNextPageParam: ({ nextMarker }) => nextMarker,
  })
