/** Calls of the server, in the name of whoever is signed in. */
import type { OperationCall } from './operation-call.ts'
import { ownOperations } from './own-calls.ts'
import { ownPath, type OwnQuery } from './own-path.ts'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly status: number

  constructor(code: string, status: number, message: string) {
    super(message)
    this.code = code
    this.status = status
  }
}

const headers = { 'content-type': 'application/json', 'x-muster-console': '1' }

interface Sending {
  method: 'GET' | 'POST' | 'DELETE'
  body?: string
}

async function send<Output>(path: string, sending: Sending): Promise<Output> {
  const response = await fetch(path, { ...sending, headers })
  const text = await response.text()
  const answer = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  if (response.ok) return answer as Output
  const type = response.headers.get('x-amzn-errortype') ?? answer['__type']
  const code = typeof type === 'string' ? type : 'Error'
  if (code === 'UnrecognizedClientException') goToSignIn()
  const said = answer['message'] ?? answer['Message']
  const message = typeof said === 'string' ? said : `the server answered ${response.status}`
  throw new ApiError(code, response.status, message)
}

const goToSignIn = () =>
  location.assign(`/console/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`)

export type { OperationCall }

/**
 * An AWS operation; the input's members by their AWS names, blobs in base64, times in epoch seconds. The service
 * `muster` has those of `own-calls.ts`.
 */
export function call<Output>({ service, operation, input = {} }: OperationCall): Promise<Output> {
  const route = service === 'muster' ? ownOperations[operation] : undefined
  if (route !== undefined) return postOwn(route, input)
  return send(`/console/api/${service}/${operation}`, { method: 'POST', body: JSON.stringify(input) })
}

/** A route of Muster's own, e.g. `explain`. */
export const getOwn = <Output>(route: string, query: OwnQuery = {}): Promise<Output> =>
  send(`/muster/v1/${ownPath(route, query)}`, { method: 'GET' })

/** A route of Muster's own that takes a document, e.g. `sql`. */
export const postOwn = <Output>(route: string, body: object): Promise<Output> =>
  send(`/muster/v1/${route}`, { method: 'POST', body: JSON.stringify(body) })

export const deleteOwn = (route: string, query: Record<string, string>) =>
  send(`/muster/v1/${route}?${new URLSearchParams(query)}`, { method: 'DELETE', body: '{}' })

export interface Session {
  sessionId: string
  /** Absent for who signed in with a password. */
  accessKeyId?: string
  arn: string
  accountId: string
  region: string
  createdAt: string
  expiresAt: string
}

export const getSession = () => send<Session>('/console/session', { method: 'GET' })
/** Those of the IAM actions that whoever is signed in may do on no resource. */
export async function listDenied(actions: readonly string[]): Promise<string[]> {
  const query = actions.map((action) => `action=${encodeURIComponent(action)}`).join('&')
  const { denied } = await send<{ denied: string[] }>(`/console/permissions?${query}`, { method: 'GET' })
  return denied
}

export const signOut = () => send('/console/session', { method: 'DELETE', body: '{}' })
export const endSession = (sessionId: string) =>
  send(`/muster/v1/console/sessions?${new URLSearchParams({ sessionId })}`, { method: 'DELETE', body: '{}' })

/** Whether the WebSocket for MQTT would be opened: a page cannot read why one is refused. */
export const checkSocket = (query: string) => send(`/console/mqtt${query}`, { method: 'GET' })
