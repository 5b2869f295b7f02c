/** Muster's own signed routes beside the AWS APIs: JSON, with parameters in the query string. */
import { AwsError } from '../aws/errors.ts'
import type { CallContext } from '../aws/operations.ts'
import type { WireRequest } from '../aws/wire.ts'

export interface OwnRoute {
  method: string
  /** Exact, e.g. `/muster/v1/journal`. */
  path: string
  /** The IAM action and resource that the caller needs. */
  action: string
  resource: string
  /** Resolves with the JSON body. */
  handle: (query: URLSearchParams, context: CallContext) => Promise<unknown>
}

/** @throws {AwsError} `UnknownOperationException` when there is no such route */
export function getOwnRoute(routes: readonly OwnRoute[], { method, path }: WireRequest): OwnRoute {
  const route = routes.find((candidate) => candidate.method === method && candidate.path === path)
  if (!route) throw new AwsError('UnknownOperationException', `there is no ${method} ${path}`)
  return route
}

export function toSearchParams({ query }: WireRequest): URLSearchParams {
  return new URLSearchParams([...query].flatMap(([name, values]) => values.map((value) => [name, value])))
}
