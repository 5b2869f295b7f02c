/** Pages of a list that is ordered by a unique key: where one begins, and where the next one does. */
import { decodeMarker, encodeMarker } from './page-marker.ts'

export interface PageRequest {
  /** The key of the last row of the page before. */
  after: string | undefined
  limit: number
}

const defaultLimit = 250 // assumed: the most that RegistryMaxResults allows

/** @throws {AwsError} `InvalidRequestException` when this server cannot have made the token */
export function parsePage(input: {
  nextToken?: string | undefined
  maxResults?: number | undefined
}): PageRequest {
  return { after: decodeMarker(input.nextToken), limit: input.maxResults ?? defaultLimit }
}

/**
 * What a key must be to stand in the rest of a list of those that begin with `prefix`: one bound, so that a database
 * enters its index there, and not at the beginning of a long list.
 */
export function keysFrom(after: string | undefined, prefix = ''): readonly ['>' | '>=', string] {
  return after !== undefined && after >= prefix ? ['>', after] : ['>=', prefix]
}

/** Cuts a page out of `rows`, which hold one row more than the limit when the list goes on. */
export function toPage<Row>(
  rows: readonly Row[],
  { limit }: PageRequest,
  keyOf: (row: Row) => string,
): { rows: Row[]; nextToken: string | undefined } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const nextToken = rows.length > limit && last !== undefined ? encodeMarker(keyOf(last)) : undefined
  return { rows: page, nextToken }
}
