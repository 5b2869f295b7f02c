/** Muster's own API: certificates by what a person has of them, and those that wait. */
import { iotError } from '../api/aws/errors.ts'
import type { OwnRoute } from '../api/http/index.ts'
import { formatArn } from '../lib/arn.ts'
import { findByText, listWaiting } from '../pki/certificates/index.ts'
import type { Store } from '../store/index.ts'
import { parseLimit } from './parse-limit.ts'

/** More is no name, no id, and no number of a certificate. */
const maxTextCharacters = 1024

/**
 * `GET /muster/v1/certificates`, either with `?text=&limit=`: those whose id or CN begins with the text, or whose serial number
 * it is, with the CAs whose id begins so; or with `?status=PENDING_ACTIVATION&limit=&marker=`: those that wait, newest first.
 */
export function certificatesRoute(
  { store }: { store: Store },
  { accountId, region }: { accountId: string; region: string },
): OwnRoute {
  return {
    method: 'GET',
    path: '/muster/v1/certificates',
    action: 'muster:ListCertificates',
    resource: formatArn({ service: 'muster', region, accountId, resource: 'certificates' }),
    handle: async (query, context) => {
      const [text, status] = [query.get('text'), query.get('status')]
      const limit = parseLimit(query.get('limit'))
      if ((text === null) === (status === null)) throw invalid('expected either text or status')
      if (text !== null) return findByText(store.read, { ...context, text: checkText(text), limit })
      if (status !== 'PENDING_ACTIVATION') throw invalid(`status must be PENDING_ACTIVATION, got "${status}"`)
      return listWaiting(store.read, { ...context, marker: query.get('marker') ?? undefined, limit })
    },
  }
}

function checkText(text: string): string {
  if (text.length <= maxTextCharacters) return text
  throw invalid(`text must have at most ${maxTextCharacters} characters, got ${text.length}`)
}

const invalid = (text: string) => iotError('InvalidRequestException', text)
