import { iotError } from '../api/aws/errors.ts'

const defaultLimit = 100
const maxLimit = 1000

/**
 * Of the query of a route of Muster's own: how many lines an answer may have.
 * @throws {AwsError} `InvalidRequestException`
 */
export function parseLimit(text: string | null): number {
  const limit = Number(text ?? defaultLimit)
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit
  throw iotError(
    'InvalidRequestException',
    `limit must be a whole number from 1 to ${maxLimit}, got "${text}"`,
  )
}
