/** A small client of the server's own API, so that the commands need no AWS SDK. */
import { Sha256 } from '../lib/sha256.ts'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { CommandError } from './command.ts'
import type { SigningTarget } from './running-server.ts'
import { send } from './send.ts'
import { causeText } from '../lib/cause-text.ts'

export interface ApiRequest {
  /** The service name in the SigV4 scope. */
  service: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With its query. */
  path: string
  body?: string
  contentType?: string
}

/**
 * Resolves with the parsed JSON body, or its text where it is none.
 * @throws {CommandError} with the server's own error text
 */
export async function signedRequest(target: SigningTarget, request: ApiRequest): Promise<unknown> {
  const url = new URL(request.path, target.apiUrl)
  const { accessKeyId, secretAccessKey, sessionToken } = target
  const signer = new SignatureV4({
    service: request.service,
    region: target.region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256 as never,
  })
  const { headers } = await signer.sign(
    new HttpRequest({
      method: request.method,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, 'content-type': request.contentType ?? 'application/json' },
      body: request.body,
    }),
  )
  const response = await send(url, {
    method: request.method,
    headers,
    ...(request.body !== undefined && { body: request.body }),
    ...(target.ca !== undefined && { ca: target.ca }),
  }).catch((cause: unknown) => {
    throw new CommandError(`no server answers at ${url.origin}: ${causeText(cause)}`)
  })
  const { status, body: text } = response
  if (status < 200 || status > 299)
    throw new CommandError(`${request.method} ${url.pathname} answered ${status}: ${text}`)
  return text.startsWith('{') ? (JSON.parse(text) as unknown) : text
}
