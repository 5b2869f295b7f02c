/** Recomputes signatures with AWS's own signer; keys derived for a day are kept. */
import { Sha256 } from '../../../lib/sha256.ts'
import { createHmac, hash } from 'node:crypto'
import { getCanonicalHeaders, SignatureV4Base } from '@smithy/signature-v4'
import type { WireRequest } from '../wire.ts'
import type { CredentialScope, SignatureClaim } from './credential.ts'

/** The signer's own steps, without its habit of choosing headers and dates itself. */
class Recomputer extends SignatureV4Base {
  constructor(uriEscapePath: boolean) {
    const credentials = { accessKeyId: '', secretAccessKey: '' }
    super({ service: '', region: '', credentials, uriEscapePath, sha256: Sha256 as never })
  }

  stringToSign(request: HashedRequest, { signedHeaders, timestamp, scope }: SignatureClaim): string {
    const headers: Record<string, string> = {}
    for (const name of signedHeaders) headers[name] = request.headers[name] ?? ''
    const canonicalRequest = this.createCanonicalRequest(
      { method: request.method, path: request.path, query: Object.fromEntries(request.query) } as never,
      getCanonicalHeaders({ headers } as never, undefined, new Set(signedHeaders)),
      request.bodyHash,
    )
    const { date, region, service } = scope
    const credentialScope = `${date}/${region}/${service}/aws4_request`
    // these four lines the signer makes asynchronously, and hashes by pieces
    return ['AWS4-HMAC-SHA256', timestamp, credentialScope, hash('sha256', canonicalRequest, 'hex')].join(
      '\n',
    )
  }
}

const recomputer = new Recomputer(true)
/** S3 alone escapes paths once (S3 API Reference, "Create a signed AWS API request"). */
const s3Recomputer = new Recomputer(false)

/** `bodyHash`: SHA-256 of the body that really came, in lower-case hex; for S3 what the request says of it. */
export type HashedRequest = Pick<WireRequest, 'method' | 'path' | 'query' | 'headers'> & { bodyHash: string }

/** The signature that the holder of the secret would have made for the request, in lower-case hex. */
export function recomputeSignature(
  request: HashedRequest,
  claim: SignatureClaim,
  secretAccessKey: string,
): string {
  const text = (claim.scope.service === 's3' ? s3Recomputer : recomputer).stringToSign(request, claim)
  return createHmac('sha256', signingKey(claim.scope, secretAccessKey)).update(text).digest('hex')
}

const maxSigningKeys = 1000
const signingKeys = new Map<string, { secret: string; key: Uint8Array }>()

/** One key for a secret, day, region, and service; the oldest of 1,000 makes room. */
function signingKey({ accessKeyId, date, region, service }: CredentialScope, secret: string): Uint8Array {
  const name = `${accessKeyId}/${date}/${region}/${service}`
  const known = signingKeys.get(name)
  if (known?.secret === secret) return known.key
  let key: Uint8Array = Buffer.from(`AWS4${secret}`)
  for (const part of [date, region, service, 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest()
  if (signingKeys.size >= maxSigningKeys) signingKeys.delete(signingKeys.keys().next().value ?? '')
  signingKeys.set(name, { secret, key })
  return key
}
