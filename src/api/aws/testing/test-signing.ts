/** Requests signed by AWS's own signer, and what the tests do to them. */
import { Sha256 } from '../../../lib/sha256.ts'
import { hash } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Caller } from '../caller.ts'
import { parseTarget, type WireRequest } from '../wire.ts'
import type { SigningCredential, Verification } from '../sigv4/verify.ts'

const now = new Date('2026-03-04T05:06:07Z')
export const caller: Caller = { accountId: '123456789012', kind: 'user', arn: 'arn:alice', userId: 'AIDA1' }
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'

const credentials: Record<string, SigningCredential> = {
  AKIAALICE: { secretAccessKey, status: 'Active', caller },
  AKIAINACTIVE: { secretAccessKey, status: 'Inactive', caller },
  ASIASESSION: {
    secretAccessKey,
    sessionTokenHash: hash('sha256', 'the-token', 'hex'),
    expiresAt: new Date(now.getTime() + 1000),
    status: 'Active',
    caller,
  },
  ASIAEXPIRED: {
    secretAccessKey,
    sessionTokenHash: hash('sha256', 'the-token', 'hex'),
    expiresAt: now,
    status: 'Active',
    caller,
  },
  AKIDEXAMPLE: { secretAccessKey, status: 'Active', caller },
}

export const verification: Verification = {
  now,
  findCredential: async (accessKeyId) => credentials[accessKeyId],
  findScopeFault: ({ region }) => (region === 'us-east-1' ? undefined : `wrong region ${region}`),
}

export interface Signing {
  method?: string
  target?: string
  headers?: Record<string, string>
  body?: string
  accessKeyId?: string
  secret?: string
  sessionToken?: string
  region?: string
  at?: Date
  /** Presigns for so many seconds. */
  expiresIn?: number
}

export async function sign(signing: Signing = {}): Promise<WireRequest> {
  const {
    method = 'POST',
    target = '/things/lamp-1?a=1&b=x%20y%2B',
    headers = {},
    body = '{"a":1}',
  } = signing
  const { path, query } = parseTarget(target)
  const toSign = {
    method,
    path,
    query: Object.fromEntries(query) as never,
    headers: { host: 'localhost:9080', 'x-amzn-principal': 'arn:p', ...headers },
    body,
    protocol: 'http:',
    hostname: 'localhost',
  }
  const options = { signingDate: signing.at ?? now }
  const { expiresIn } = signing
  const signer = signerOf(signing)
  const signed = await (expiresIn
    ? signer.presign(toSign, { ...options, expiresIn })
    : signer.sign(toSign, options))
  const signedHeaders = Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value])
  return {
    method,
    path,
    query: new Map(Object.entries(signed.query ?? {}).map(([name, value]) => [name, [value ?? ''].flat()])),
    headers: Object.fromEntries(signedHeaders) as Record<string, string>,
    body: Buffer.from(body),
  }
}

function signerOf({ accessKeyId = 'AKIAALICE', secret = secretAccessKey, sessionToken, region }: Signing) {
  const session = sessionToken === undefined ? {} : { sessionToken }
  return new SignatureV4({
    service: 'iot',
    region: region ?? 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: secret, ...session },
    sha256: Sha256 as never,
  })
}

export const withHeader = (
  request: WireRequest,
  name: string,
  change: (value: string) => string | undefined,
) => ({
  ...request,
  headers: { ...request.headers, [name]: change(request.headers[name] ?? '') },
})
export const withQuery = (request: WireRequest, name: string, values: string[] | undefined) => {
  const query = new Map(request.query)
  if (values) query.set(name, values)
  else query.delete(name)
  return { ...request, query }
}
export const minutes = (count: number) => new Date(now.getTime() + count * 60_000)
