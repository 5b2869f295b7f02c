/**
 * What a request says about its signature: in the `Authorization` header, or in the query string (presigned).
 * Source: AWS IAM User Guide, "Elements of an AWS API request signature".
 */
import { AwsError } from '../errors.ts'
import { parseTimestamp } from '../protocols/timestamps.ts'
import type { QueryParameters, WireRequest } from '../wire.ts'

const algorithm = 'AWS4-HMAC-SHA256'
const maxExpirySeconds = 604_800

export interface CredentialScope {
  accessKeyId: string
  /** `YYYYMMDD`. */
  date: string
  region: string
  service: string
}

export interface SignatureClaim {
  scope: CredentialScope
  /** Lower case, in the client's order. */
  signedHeaders: readonly string[]
  /** Lower-case hex. */
  signature: string
  /** `YYYYMMDDTHHMMSSZ`. */
  timestamp: string
  sessionToken?: string
  /** Of presigned requests only; without it they are as old as others may be. */
  expiresSeconds?: number
}

/** True when a request says in any way that it was signed with Signature Version 4. */
export function isSigned({ headers, query }: Pick<WireRequest, 'headers' | 'query'>): boolean {
  return (headers['authorization']?.startsWith('AWS4-') ?? false) || isPresigned(query)
}

/** The access key id that a request names, for reports; its signature may be wrong. */
export function signedWith({ headers, query }: Pick<WireRequest, 'headers' | 'query'>): string | undefined {
  const header = headers['authorization'] ?? ''
  const named =
    /Credential=([^/,\s]+)\//.exec(header)?.[1] ?? query.get('X-Amz-Credential')?.[0]?.split('/', 1)[0]
  return named !== undefined && /^\w{1,128}$/.test(named) ? named : undefined
}

const isPresigned = (query: QueryParameters): boolean =>
  query.has('X-Amz-Signature') || query.has('X-Amz-Credential') || query.has('X-Amz-Algorithm')

const incomplete = (message: string) => new AwsError('IncompleteSignatureException', message)

/**
 * `undefined` when the request carries no signature at all.
 * @throws {AwsError} `IncompleteSignatureException` that names what is missing or malformed
 */
export function parseClaim(
  { headers, query }: WireRequest,
  { needsExpiry }: { needsExpiry: boolean },
): SignatureClaim | undefined {
  if (headers['authorization'] !== undefined) {
    if (isPresigned(query)) throw incomplete('the request is signed twice, by header and by query string')
    return parseHeader(headers['authorization'], headers)
  }
  return isPresigned(query) ? parsePresigned(query, needsExpiry) : undefined
}

function parseHeader(authorization: string, headers: WireRequest['headers']): SignatureClaim {
  const [scheme, fields] = splitOnce(authorization.trim(), ' ')
  if (scheme !== algorithm) throw incomplete(`the Authorization header must start with ${algorithm}`)
  const values = new Map(fields.split(',').map((field) => splitOnce(field.trim(), '=')))
  const field = (name: string) => {
    const value = values.get(name)
    if (!value) throw incomplete(`the Authorization header requires '${name}'`)
    return value
  }
  const sessionToken = headers['x-amz-security-token']
  return {
    scope: parseScope(field('Credential')),
    signedHeaders: field('SignedHeaders').split(';'),
    signature: field('Signature'),
    timestamp: timestampOf(headers),
    ...(sessionToken !== undefined && { sessionToken }),
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1).trim()]
}

/** `X-Amz-Date` goes before `Date`, whose HTTP form is rewritten. */
function timestampOf(headers: WireRequest['headers']): string {
  const date = headers['x-amz-date'] ?? headers['date']
  if (date === undefined) throw incomplete("the request requires an 'X-Amz-Date' or a 'Date' header")
  if (/^\d{8}T\d{6}Z$/.test(date)) return date
  const parsed = parseTimestamp(date)
  if (!parsed) throw incomplete('the date of the request must look like 20260102T030405Z')
  return parsed.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}

function parsePresigned(query: QueryParameters, needsExpiry: boolean): SignatureClaim {
  const field = (name: string) => {
    const values = query.get(name) ?? []
    const [value] = values
    if (!value || values.length > 1) throw incomplete(`a presigned request requires one '${name}'`)
    return value
  }
  if (field('X-Amz-Algorithm') !== algorithm) throw incomplete(`X-Amz-Algorithm must be ${algorithm}`)
  const expires = needsExpiry || query.has('X-Amz-Expires') ? field('X-Amz-Expires') : undefined
  if (expires !== undefined && !isExpiry(expires)) {
    throw incomplete(`X-Amz-Expires must be between 1 and ${maxExpirySeconds} seconds`)
  }
  const timestamp = field('X-Amz-Date')
  if (!/^\d{8}T\d{6}Z$/.test(timestamp)) throw incomplete('X-Amz-Date must look like 20260102T030405Z')
  const [sessionToken, ...others] = query.get('X-Amz-Security-Token') ?? []
  if (others.length > 0) throw incomplete("a presigned request has one 'X-Amz-Security-Token' at most")
  return {
    scope: parseScope(field('X-Amz-Credential')),
    signedHeaders: field('X-Amz-SignedHeaders').split(';'),
    signature: field('X-Amz-Signature'),
    timestamp,
    ...(expires !== undefined && { expiresSeconds: Number(expires) }),
    ...(sessionToken !== undefined && { sessionToken }),
  }
}

const isExpiry = (text: string): boolean =>
  /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= maxExpirySeconds

/** `<access key id>/<YYYYMMDD>/<region>/<service>/aws4_request`. */
function parseScope(credential: string): CredentialScope {
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split('/')
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || rest.length > 0) {
    throw incomplete('the credential must be <access key id>/<YYYYMMDD>/<region>/<service>/aws4_request')
  }
  return { accessKeyId, date, region, service }
}
