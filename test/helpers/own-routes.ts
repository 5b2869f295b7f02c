/** Muster's own routes, signed. */
import { Sha256 } from '../../src/lib/sha256.ts'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { TestServer } from './server.ts'

export interface OwnAnswer {
  status: number
  body: Record<string, unknown>
}

interface Key {
  accessKeyId: string
  secretAccessKey: string
}

/** `body`: an object, or text as it is. */
export async function postOwn(
  { endpoints, rootKey }: Pick<TestServer, 'endpoints' | 'rootKey'>,
  route: string,
  body: unknown,
  key: Key = rootKey,
): Promise<OwnAnswer> {
  const url = new URL(`/muster/v1/${route}`, endpoints.apiUrl)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const signer = new SignatureV4({
    service: 'muster',
    region: endpoints.region,
    credentials: key,
    sha256: Sha256 as never,
  })
  const request = new HttpRequest({
    method: 'POST',
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/json' },
    body: text,
  })
  const { headers } = await signer.sign(request)
  const response = await fetch(url, { method: 'POST', headers, body: text })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** What is answered when nothing is refused. */
export async function askOwn<Answer>(
  server: Pick<TestServer, 'endpoints' | 'rootKey'>,
  route: string,
  body: object,
): Promise<Answer> {
  const answer = await postOwn(server, route, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body as Answer
}
