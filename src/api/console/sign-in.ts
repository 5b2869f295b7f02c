/**
 * How a session begins: with a request for sts:GetCallerIdentity that the browser has signed, so that the secret never
 * leaves it, or with a link that `muster console` was given.
 */
import { randomBytes } from 'node:crypto'
import { AwsError } from '../aws/errors.ts'
import { parseJson } from '../aws/protocols/json-values.ts'
import { parseClaim } from '../aws/sigv4/credential.ts'
import { verifySignature, type FindCredential, type SigningCredential } from '../aws/sigv4/verify.ts'
import { decodeText, MalformedRequestError, type WireRequest } from '../aws/wire.ts'
import type { Guessing, Subjects } from '../../lib/guessing.ts'
import type { ConsoleSessions } from './sessions.ts'

/** For the journal: who tried to sign in, and whether it worked. */
export interface SignInAttempt {
  /** Absent when nobody's key was named. */
  accountId?: string
  accessKeyId?: string
  sourceIp: string
  isAllowed: boolean
}

export interface SignInDeps {
  sessions: ConsoleSessions
  guessing: Guessing
  findCredential: FindCredential
  /** As for a signature of an API call. */
  findScopeFault: (scope: { region: string; service: string }) => string | undefined
  recordSignIn: (attempt: SignInAttempt) => void
  now: () => Date
}

export interface SignInRequest {
  body: Uint8Array
  /** Of the request that brings the proof; what was signed must name it too. */
  host: string
  sourceIp: string
  userAgent: string
}

interface Holder {
  accountId: string
  accessKeyId: string
}

/** Known to nobody: a signature for an unknown key is judged as long as any other, and never fits. */
const nobody = (): SigningCredential => ({
  secretAccessKey: randomBytes(30).toString('base64'),
  status: 'Active',
  caller: { accountId: '', kind: 'root', arn: '', userId: '' },
})

const signedBody = 'Action=GetCallerIdentity&Version=2011-06-15'

/**
 * Resolves with the cookie's value of a new session.
 * @throws {AwsError} `AccessDeniedException`, the same for an unknown key and a wrong signature; `ThrottlingException`
 * after too many failures; a `MalformedRequestError` for what is no proof
 */
export async function signIn(deps: SignInDeps, request: SignInRequest): Promise<string> {
  const document = readRequest(request.body)
  const { sourceIp, userAgent } = request
  const holder =
    document.link === undefined
      ? await checkProof(deps, request, document)
      : await checkLink(deps, request, document.link)
  const token = await deps.sessions.open({ ...holder, sourceIp, userAgent })
  deps.recordSignIn({ ...holder, sourceIp, isAllowed: true })
  return token
}

interface SignInDocument {
  link?: string
  headers?: Record<string, string>
}

function readRequest(body: Uint8Array): SignInDocument {
  const document = parseJson(decodeText(body)) as { link?: unknown; headers?: unknown } | null
  if (typeof document?.link === 'string') return { link: document.link }
  const headers = document?.headers
  if (
    typeof headers !== 'object' ||
    headers === null ||
    Object.values(headers).some((value) => typeof value !== 'string')
  )
    throw new MalformedRequestError('the body must have a link, or the headers of a signed request')
  const named = Object.entries(headers as Record<string, string>)
  return { headers: Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value])) }
}

async function checkProof(
  deps: SignInDeps,
  { host, sourceIp }: SignInRequest,
  { headers = {} }: SignInDocument,
): Promise<Holder> {
  if (headers['host'] !== host)
    throw new MalformedRequestError(`the signed host must be ${host}, got ${headers['host'] ?? 'none'}`)
  const proof = { method: 'POST', path: '/', query: new Map(), headers, body: Buffer.from(signedBody) }
  const claim = parseClaim(proof, { needsExpiry: true })
  if (!claim) throw new MalformedRequestError('the headers hold no signature')
  const { accessKeyId } = claim.scope
  const subjects = { key: accessKeyId, address: sourceIp }
  checkPatience(deps.guessing, subjects)
  const signer = await findSigner(deps, proof)
  const isFresh =
    signer && (await deps.sessions.spendProof({ accountId: signer, accessKeyId, signature: claim.signature }))
  if (!isFresh) return refuse(deps, { accessKeyId, sourceIp }, subjects)
  deps.guessing.succeeded(subjects)
  return { accountId: signer, accessKeyId }
}

/** The account of the key that signed for sts; `undefined` when it is no good signature, whatever is wrong with it. */
async function findSigner(deps: SignInDeps, proof: WireRequest): Promise<string | undefined> {
  const { now, findScopeFault } = deps
  const findCredential = async (accessKeyId: string) => (await deps.findCredential(accessKeyId)) ?? nobody()
  try {
    const { caller, service } = await verifySignature(proof, { now: now(), findScopeFault, findCredential })
    return service === 'sts' ? caller.accountId : undefined
  } catch (error) {
    if (error instanceof AwsError) return undefined
    throw error
  }
}

async function checkLink(deps: SignInDeps, { sourceIp }: SignInRequest, link: string): Promise<Holder> {
  const subjects = { address: sourceIp }
  checkPatience(deps.guessing, subjects)
  return (await deps.sessions.spendLink(link)) ?? refuse(deps, { sourceIp }, subjects)
}

function checkPatience(guessing: Guessing, subjects: Subjects): void {
  const seconds = guessing.secondsToWait(subjects)
  if (seconds > 0) throw new AwsError('ThrottlingException', `too many failures; try again in ${seconds} s`)
}

function refuse(deps: SignInDeps, who: Omit<SignInAttempt, 'isAllowed'>, subjects: Subjects): never {
  deps.guessing.failed(subjects)
  deps.recordSignIn({ ...who, isAllowed: false })
  throw new AwsError(
    'AccessDeniedException',
    who.accessKeyId === undefined
      ? 'the link is unknown, used, or older than a minute'
      : 'the access key id and the secret do not belong together, or the key is not active',
  )
}
