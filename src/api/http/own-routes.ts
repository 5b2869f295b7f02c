/** Muster's own routes beside the AWS APIs: JSON, with parameters in the query string and, of a POST, a JSON body. */
import { AwsError } from '../aws/errors.ts'
import type { CallContext } from '../aws/operations.ts'
import type { WireRequest } from '../aws/wire.ts'

/** Where they all are. */
export const ownPrefix = '/muster/v1/'

export interface OwnRoute {
  method: string
  /** Exact, e.g. `/muster/v1/journal`. */
  path: string
  /** The IAM action that the caller needs. */
  action: string
  /** On which resource; a function: on each of those that the body, which it may refuse, names. At least one. */
  resource: string | ((body: Uint8Array) => readonly string[])
  /** Resolves with the JSON body of the answer. `body` is what was sent; empty for a GET. */
  handle: (query: URLSearchParams, context: CallContext, body: Uint8Array) => Promise<unknown>
}

/** @throws {AwsError} `UnknownOperationException` when there is no such route */
export function getOwnRoute(routes: readonly OwnRoute[], { method, path }: WireRequest): OwnRoute {
  const route = routes.find((candidate) => candidate.method === method && candidate.path === path)
  if (!route) throw new AwsError('UnknownOperationException', `there is no ${method} ${path}`)
  return route
}

/** What the caller needs the route's action on. */
export function resourcesOf({ path, resource }: OwnRoute, { body }: WireRequest): readonly string[] {
  const resources = typeof resource === 'string' ? [resource] : resource(body)
  if (resources.length === 0) throw new Error(`${path} names no resource to authorize`)
  return resources
}

export function toSearchParams({ query }: WireRequest): URLSearchParams {
  return new URLSearchParams([...query].flatMap(([name, values]) => values.map((value) => [name, value])))
}
