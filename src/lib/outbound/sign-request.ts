/** Signs requests to AWS-compatible services that the operator runs. Source: AWS General Reference, "Signature Version 4". */
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../sha256.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

interface UnsignedRequest {
  /** Of the service; its path goes before `path`. */
  url: URL
  method: string
  /** Percent-encoded. */
  path: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array
}

interface Signing {
  service: string
  region: string
  credentials: Credentials
  at: Date
}

/** The path with its query, and the headers to send, as they stand. */
export async function signRequest(
  { url, method, path: below, query, headers = {}, body }: UnsignedRequest,
  { service, region, credentials, at }: Signing,
): Promise<{ path: string; headers: Record<string, string> }> {
  const path = `${url.pathname.replace(/\/$/, '')}${below}`
  const uriEscapePath = service !== 's3'
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 as never, uriEscapePath })
  const toSign = new HttpRequest({
    method,
    hostname: url.hostname,
    path,
    ...(query && { query }),
    headers: { host: url.host, ...headers },
    ...(body && { body }),
  })
  const signed = await signer.sign(toSign, { signingDate: at })
  return { path: path + queryText(query), headers: signed.headers }
}

/** As it is signed: in the order of the names. */
function queryText(query: Record<string, string> = {}): string {
  const pairs = Object.entries(query)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** As RFC 3986 has it: what is signed is what is sent. */
export const encodePart = (part: string): string =>
  encodeURIComponent(part).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.codePointAt(0)?.toString(16).toUpperCase() ?? ''}`,
  )
