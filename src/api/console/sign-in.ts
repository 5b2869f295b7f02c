/**
 * How a session begins: with a request for sts:GetCallerIdentity that the browser has signed, so that the secret never
 * leaves it, with a link that `muster console` was given, or with a user's password.
 */
import { randomBytes } from 'node:crypto'
import { AwsError } from '../aws/errors.ts'
import { parseJson } from '../aws/protocols/json-values.ts'
import { parseClaim } from '../aws/sigv4/credential.ts'
import { verifySignature, type FindCredential, type SigningCredential } from '../aws/sigv4/verify.ts'
import { decodeText, MalformedRequestError, type WireRequest } from '../aws/wire.ts'
import type { Guessing, Subjects } from '../../lib/guessing.ts'
import type { ConsoleSessions, KeyHolder, SessionHolder } from './sessions.ts'

/** For the journal: who tried to sign in, and whether it worked. */
export interface SignInAttempt {
  /** Absent when nobody's key was named. */
  accountId?: string
  accessKeyId?: string
  userName?: string
  sourceIp: string
  isAllowed: boolean
}

/** What somebody with a password gives. */
interface PersonProof {
  /** Id or alias. */
  account: string
  userName: string
  password: string
  mfaCode?: string | undefined
  newPassword?: string | undefined
}

type PersonAnswer =
  | (Exclude<SessionHolder, KeyHolder> & { kind: 'in' })
  | { kind: 'needs'; needs: readonly string[] }
  | { kind: 'refused'; accountId?: string }

export interface SignInDeps {
  sessions: ConsoleSessions
  guessing: Guessing
  findCredential: FindCredential
  /** As for a signature of an API call. */
  findScopeFault: (scope: { region: string; service: string }) => string | undefined
  /** @throws {AwsError} about a new password, once the present one was right */
  signInPerson: (proof: PersonProof) => Promise<PersonAnswer>
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

/** Known to nobody: a signature for an unknown key is judged as long as any other, and never fits. */
const nobody = (): SigningCredential => ({
  secretAccessKey: randomBytes(30).toString('base64'),
  status: 'Active',
  caller: { accountId: '', kind: 'root', arn: '', userId: '' },
})

const signedBody = 'Action=GetCallerIdentity&Version=2011-06-15'

/** The cookie's value of a new session, or what has to be given as well. */
export type SignInResult = { token: string } | { needs: readonly string[] }

/**
 * @throws {AwsError} `AccessDeniedException`, the same for an unknown key or user and a wrong signature or password; `ThrottlingException`
 * after too many failures; a `MalformedRequestError` for what is no proof
 */
export async function signIn(deps: SignInDeps, request: SignInRequest): Promise<SignInResult> {
  const document = readRequest(request.body)
  if (document.person) return signInPerson(deps, request, document.person)
  const holder =
    document.link === undefined
      ? await checkProof(deps, request, document)
      : await checkLink(deps, request, document.link)
  return begin(deps, request, { holder, attempt: holder })
}

async function begin(
  deps: SignInDeps,
  { sourceIp, userAgent }: SignInRequest,
  { holder, attempt }: { holder: SessionHolder; attempt: Pick<SignInAttempt, 'accessKeyId' | 'userName'> },
): Promise<SignInResult> {
  const token = await deps.sessions.open({ ...holder, sourceIp, userAgent })
  deps.recordSignIn({ accountId: holder.accountId, ...attempt, sourceIp, isAllowed: true })
  return { token }
}

async function signInPerson(
  deps: SignInDeps,
  request: SignInRequest,
  person: PersonProof,
): Promise<SignInResult> {
  const { sourceIp } = request
  const { account, userName } = person
  const subjects = { key: `${account}/${userName}`.toLowerCase(), address: sourceIp }
  checkPatience(deps.guessing, subjects)
  const answer = await deps.signInPerson(person)
  if (answer.kind === 'needs') return { needs: answer.needs }
  if (answer.kind === 'refused') {
    const { accountId } = answer
    return refuse(deps, { userName, sourceIp, ...(accountId !== undefined && { accountId }) }, subjects)
  }
  deps.guessing.succeeded(subjects)
  const { kind: _, ...holder } = answer
  return begin(deps, request, { holder, attempt: { userName } })
}

interface SignInDocument {
  link?: string
  headers?: Record<string, string>
  person?: PersonProof
}

function readRequest(body: Uint8Array): SignInDocument {
  const document = parseJson(decodeText(body)) as Record<string, unknown> | null
  if (document?.['userName'] !== undefined) return { person: readPerson(document) }
  if (typeof document?.['link'] === 'string') return { link: document['link'] }
  const headers = document?.['headers']
  if (
    typeof headers !== 'object' ||
    headers === null ||
    Object.values(headers).some((value) => typeof value !== 'string')
  )
    throw new MalformedRequestError(
      'the body must have a link, the headers of a signed request, or a user name and a password',
    )
  const named = Object.entries(headers as Record<string, string>)
  return { headers: Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value])) }
}

/** As long as IAM takes them. */
const maxCharacters = { account: 63, userName: 64, password: 128, mfaCode: 6, newPassword: 128 }

function readPerson(document: Record<string, unknown>): PersonProof {
  const read = (member: keyof typeof maxCharacters) => {
    const value = document[member]
    if (value === undefined) return undefined
    if (typeof value === 'string' && value.length > 0 && value.length <= maxCharacters[member]) return value
    throw new MalformedRequestError(`${member} must be a text of 1 to ${maxCharacters[member]} characters`)
  }
  const get = (member: keyof typeof maxCharacters) => {
    const value = read(member)
    if (value === undefined) throw new MalformedRequestError(`${member} is missing`)
    return value
  }
  return {
    account: get('account'),
    userName: get('userName'),
    password: get('password'),
    mfaCode: read('mfaCode'),
    newPassword: read('newPassword'),
  }
}

async function checkProof(
  deps: SignInDeps,
  { host, sourceIp }: SignInRequest,
  { headers = {} }: SignInDocument,
): Promise<KeyHolder> {
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

async function checkLink(deps: SignInDeps, { sourceIp }: SignInRequest, link: string): Promise<KeyHolder> {
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
  throw new AwsError('AccessDeniedException', refusalOf(who))
}

function refusalOf({ accessKeyId, userName }: Omit<SignInAttempt, 'isAllowed'>): string {
  if (userName !== undefined)
    return 'the account, the user name, the password, and the MFA code do not belong together'
  if (accessKeyId === undefined) return 'the link is unknown, used, or older than a minute'
  return 'the access key id and the secret do not belong together, or the key is not active'
}
