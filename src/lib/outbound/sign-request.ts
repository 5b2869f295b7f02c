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
  headers?: Record<string, string>
  body?: Uint8Array
}

interface Signing {
  service: string
  region: string
  credentials: Credentials
  at: Date
}

/** The path and the headers to send, as they stand. */
export async function signRequest(
  { url, method, path: below, headers = {}, body }: UnsignedRequest,
  { service, region, credentials, at }: Signing,
): Promise<{ path: string; headers: Record<string, string> }> {
  const path = `${url.pathname.replace(/\/$/, '')}${below}`
  const uriEscapePath = service !== 's3'
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 as never, uriEscapePath })
  const toSign = new HttpRequest({
    method,
    hostname: url.hostname,
    path,
    headers: { host: url.host, ...headers },
    ...(body && { body }),
  })
  const signed = await signer.sign(toSign, { signingDate: at })
  return { path, headers: signed.headers }
}
