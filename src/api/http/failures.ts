/** What a call that failed is answered, in the form that its caller reads. */
import { getModel, type Protocol } from '../aws/model.ts'
import { spokenBy } from '../aws/spoken-by.ts'
import { renderError, toRefusal } from '../aws/render-error.ts'
import type { WireRequest, WireResponse } from '../aws/wire.ts'
import type { Log } from '../../lib/log.ts'
import { findService } from './services.ts'

interface Failure {
  error: unknown
  request: WireRequest
  requestId: string
}

/** A refusal is the caller's to read; anything else is our fault, logged once and answered without its text. */
export function answerFailure(log: Log, { error, request, requestId }: Failure): WireResponse {
  if (!toRefusal(error)) {
    log.error({ err: error, requestId, method: request.method, path: request.path }, 'an API call failed')
  }
  const scope = scopeNameOf(request) ?? ''
  const name = findService(scope)
  const model = name && spokenBy(getModel(name), request)
  const protocol = model?.protocol ?? (xmlServices.has(scope) ? 'query' : guessProtocol(request))
  return renderError(error, { protocol, model, requestId, isBare: scope === 's3' })
}

/** Services that Muster does not have and whose clients read XML, though they send no form. */
const xmlServices = new Set(['s3', 's3express', 'route53', 'cloudfront'])

/** The service in the scope of a signature that may be wrong: the answer should still be readable. */
function scopeNameOf({ headers, query }: WireRequest): string | undefined {
  const credential = headers['authorization'] ?? query.get('X-Amz-Credential')?.[0] ?? ''
  return /^(?:.*Credential=)?[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(credential)?.[1]
}

function guessProtocol({ headers, query }: WireRequest): Protocol {
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor'
  if (headers['x-amz-target'] !== undefined) return 'json'
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  return isForm || query.has('Action') ? 'query' : 'rest-json'
}
