import { iamError } from '../../../api/aws/errors.ts'

/** How IAM's list operations ask for a page. */
export interface PageRequest {
  Marker?: string | undefined
  MaxItems?: number | undefined
}

/** Members that every list output of IAM has. */
interface PageOutput {
  IsTruncated: boolean
  Marker?: string
}

/** AWS's own default. */
const defaultMaxItems = 100

/**
 * The page of `rows` that is asked for, with the members that tell where the next begins. `rows` are sorted by
 * `keyOf`; markers hold the key of the last row given out, so rows may come and go between two pages.
 */
export function pageOf<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  request: PageRequest,
): { rows: Row[]; page: PageOutput } {
  const after = startOfPage(request)
  const following = after === undefined ? [...rows] : rows.filter((row) => keyOf(row) > after)
  const wanted = following.slice(0, request.MaxItems ?? defaultMaxItems)
  const last = wanted.at(-1)
  if (last === undefined || wanted.length === following.length)
    return { rows: wanted, page: { IsTruncated: false } }
  return { rows: wanted, page: { IsTruncated: true, Marker: encodeMarker(keyOf(last)) } }
}

/** How many rows a query must read for `pageOf` to see whether there are more. */
export function rowsOfPage({ MaxItems }: PageRequest): number {
  return (MaxItems ?? defaultMaxItems) + 1
}

/**
 * The key behind which the page begins; `undefined` for the first page.
 * @throws {AwsError} `ValidationError` when the marker is not one that a list operation gave out
 */
export function startOfPage({ Marker }: PageRequest): string | undefined {
  if (Marker === undefined) return undefined
  const key = Buffer.from(Marker, 'base64').toString()
  if (key === '' || encodeMarker(key) !== Marker)
    throw iamError('ValidationError', 'Marker is not one that an earlier call of this operation returned')
  return key
}

function encodeMarker(key: string): string {
  return Buffer.from(key).toString('base64')
}
