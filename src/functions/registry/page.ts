/** Pages of the Lambda API: `Marker`, `MaxItems`, `NextMarker`. */
import { toPage as cutPage, type PageRequest } from '../../api/aws/page.ts'
import { decodeMarker } from '../../api/aws/page-marker.ts'
import { lambdaError } from './lambda-error.ts'

const defaultItems = 50

/** @throws {AwsError} `InvalidParameterValueException` when this server cannot have made the marker */
export function parsePage(input: {
  Marker?: string | undefined
  MaxItems?: number | undefined
}): PageRequest {
  const limit = Math.min(input.MaxItems ?? defaultItems, defaultItems)
  if (input.Marker === undefined || input.Marker === '') return { after: undefined, limit }
  try {
    return { after: decodeMarker(input.Marker), limit }
  } catch {
    throw lambdaError('InvalidParameterValueException', 'Marker is not one that this server gave out')
  }
}

/** `rows` holds one row more than the limit when the list goes on. */
export function toPage<Row>(
  rows: readonly Row[],
  page: PageRequest,
  keyOf: (row: Row) => string,
): { rows: Row[]; NextMarker: string | undefined } {
  const { rows: shown, nextToken } = cutPage(rows, page, keyOf)
  return { rows: shown, NextMarker: nextToken }
}
