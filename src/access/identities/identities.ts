import type { Caller } from '../../api/aws/caller.ts'
import { iotError, stsError } from '../../api/aws/errors.ts'
import type { Fabric } from '../../fabric/in-process/index.ts'
import { parseArn } from '../../lib/arn.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import { lookupIn, type Decision } from '../policies/index.ts'
import type { Store } from '../../store/index.ts'
import { Authorizer, type AuthorizationRequest } from './authorization/authorizer.ts'
import { ChangeCache } from './authorization/change-cache.ts'
import type { CallerAuthorization, LiveCallerRequest } from './authorization/live-caller.ts'
import { LiveCallers } from './authorization/live-callers.ts'
import { checkMayAssume, type AssumeRequest } from './authorization/assume-role.ts'
import { findTrustedRole, isServiceTrusted, type TrustedRole } from './authorization/trust.ts'
import { createAccessKey, getSecret, listAccessKeys } from './credentials/access-key-store.ts'
import { roleCaller } from './credentials/callers.ts'
import { findCredential, type Credential } from './credentials/credential-store.ts'
import type { IdentitiesDeps } from './commit-change.ts'
import type { Identity } from './entities/identity.ts'
import { openPeople, type PeopleCalls } from './people/people.ts'

/** A service of Muster asks to act under a role. */
export interface ServiceRoleRequest {
  accountId: string
  roleArn: string
  /** The principal that the role's trust policy must name, e.g. `iot.amazonaws.com`. */
  service: string
  sessionName: string
  /** The resource on whose behalf, for a trust policy's `aws:SourceArn`. */
  sourceArn?: string
  /** What the service knows of the session, by condition key: for the trust policy and the role's own policies. */
  sessionContext?: Readonly<Record<string, string>>
  /** How long the session shall last; given, the role's MaxSessionDuration bounds it. */
  sessionSeconds?: number
}

/** The root's access key; `secretAccessKey` is a secret for the data directory alone. */
interface RootKey {
  accessKeyId: string
  secretAccessKey: string
  created: boolean
}

/** Who callers are and what they may do; answers from memory until an identity changes. */
export interface Identities extends Disposable, PeopleCalls {
  /** What a request says it was signed with; `undefined` for an unknown key. */
  findCredential: (accessKeyId: string) => Promise<Credential | undefined>
  decide: (caller: Caller, request: AuthorizationRequest) => Promise<Decision>
  /** @throws {AwsError} `AccessDeniedException` naming caller, action, and resource */
  authorize: (caller: Caller, request: AuthorizationRequest) => Promise<void>
  /** For several requests of one moment: resolves with what authorizes each at once. */
  openAuthorize: (caller: Caller) => Promise<(request: AuthorizationRequest) => void>
  /**
   * What the signer of a connection may do while it is open: decided at once, by policies and a credential that are
   * current whenever the announcement of a change has resolved.
   */
  openCallerAuthorization: (request: LiveCallerRequest) => Promise<CallerAuthorization>
  /**
   * The role that the caller may assume.
   * @throws {AwsError} `AccessDenied`, for a role that is not there as well
   */
  getAssumableRole: (caller: Caller, request: AssumeRequest) => Promise<Identity>
  /**
   * The caller that the service is under the role.
   * @throws {AwsError} `InvalidRequestException` when there is no such role; `AccessDeniedException` when its trust
   * policy does not let the service assume it; `ValidationError` when the session would last too long
   */
  assumeServiceRole: (request: ServiceRoleRequest) => Promise<Caller>
  /** Finds an active key of the account's root, or makes one: on the first start. */
  ensureRootKey: () => Promise<RootKey>
}

/** Which accounts are closed: nobody of theirs is known any more. */
interface ClosedAccounts {
  isOpen: (accountId: string) => boolean
  onClosed: (listener: (accountId: string) => MaybePromise<void>) => Disposable
}

interface CreateIdentitiesDeps extends IdentitiesDeps {
  fabric: Pick<Fabric, 'announce' | 'onChange'>
  /** Of the root key that there has to be. */
  accountId: string
  /** Absent: none is ever closed. */
  accounts?: ClosedAccounts
}

const neverClosed: ClosedAccounts = { isOpen: () => true, onClosed: () => ({ [Symbol.dispose]: () => {} }) }

const maxCachedCredentials = 5000
const maxCachedRoles = 1000

/** Listens for changes until it is disposed of. */
export function createIdentities(deps: CreateIdentitiesDeps): Identities {
  const { store, accountId, accounts = neverClosed, now } = deps
  const { isOpen } = accounts
  const authorizer = new Authorizer(store.read, now)
  const credentials = rememberCredentials(store, isOpen)
  const roles = rememberRoles(store, isOpen)
  const people = openPeople({ ...deps, isOpen, authorize: (...wanted) => authorizer.authorize(...wanted) })
  const live = new LiveCallers({ authorizer, findCredential: credentials.find, now })
  const listening = listen({ ...deps, accounts }, () => {
    for (const known of [authorizer, credentials, roles, people]) known.clear()
    return live.refresh()
  })
  return {
    findCredential: credentials.find,
    openCallerAuthorization: (request) => live.open(request),
    decide: async (caller, request) => (await authorizer.decide(caller, request)).decision,
    authorize: (caller, request) => authorizer.authorize(caller, request),
    async openAuthorize(caller) {
      const policies = await authorizer.findPolicies(caller)
      return (request) => authorizer.authorizeBy(policies, caller, request)
    },
    getAssumableRole: async (caller, request) =>
      checkMayAssume(
        authorizer,
        await roles.find(accountOfRole(request.roleArn), request.roleArn),
        caller,
        request,
      ),
    assumeServiceRole: async (request) =>
      assumeAsService(await roles.find(request.accountId, request.roleArn), request, now),
    ...people.calls,
    ensureRootKey: () => ensureRootKey(store, accountId, now()),
    [Symbol.dispose]: () => listening.dispose(),
  }
}

function rememberCredentials(store: Store, isOpen: ClosedAccounts['isOpen']) {
  const known = new ChangeCache<Credential>(maxCachedCredentials)
  const load = async (accessKeyId: string) => {
    const found = await findCredential(store, accessKeyId)
    return found && isOpen(found.caller.accountId) ? found : undefined
  }
  return {
    find: (accessKeyId: string) => known.get(accessKeyId, () => load(accessKeyId)),
    clear: () => known.clear(),
  }
}

function rememberRoles(store: Store, isOpen: ClosedAccounts['isOpen']) {
  const known = new ChangeCache<TrustedRole>(maxCachedRoles)
  const load = async (accountId: string, roleArn: string) =>
    isOpen(accountId) ? await findTrustedRole(store.read, accountId, roleArn) : undefined
  return {
    find: (accountId: string, roleArn: string) =>
      known.get(`${accountId} ${roleArn}`, () => load(accountId, roleArn)),
    clear: () => known.clear(),
  }
}

/** What was loaded is forgotten when an identity changes, and when an account is closed. */
function listen(
  { fabric, accounts }: Pick<CreateIdentitiesDeps, 'fabric'> & { accounts: ClosedAccounts },
  forget: () => Promise<void> | void,
): DisposableStack {
  const listening = new DisposableStack()
  listening.use(fabric.onChange(({ kind }) => (kind === 'identity' ? forget() : undefined)))
  listening.use(accounts.onClosed(forget))
  return listening
}

/** Empty for what is no ARN: there is no such account. */
const accountOfRole = (roleArn: string): string => parseArn(roleArn)?.accountId ?? ''

/** Of a role that says nothing about it. */
const defaultMaxSessionSeconds = 3600

function assumeAsService(
  found: TrustedRole | undefined,
  request: ServiceRoleRequest,
  now: () => Date,
): Caller {
  const { accountId, roleArn, service, sessionName, sourceArn, sessionContext, sessionSeconds = 0 } = request
  if (!found) throw iotError('InvalidRequestException', `The role ${roleArn} does not exist.`)
  const conditions = {
    ...sessionContext,
    'aws:CurrentTime': now().toISOString(),
    'aws:PrincipalServiceName': service,
    'aws:SourceAccount': accountId,
    ...(sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn }),
  }
  if (!isServiceTrusted(found, service, lookupIn(conditions)))
    throw iotError(
      'AccessDeniedException',
      `The trust policy of the role ${roleArn} does not allow the service ${service} to perform sts:AssumeRole.`,
    )
  if (sessionSeconds > (found.role.maxSessionSeconds ?? defaultMaxSessionSeconds))
    throw stsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  return { ...roleCaller(found.role, sessionName), ...(sessionContext && { sessionContext }) }
}

async function ensureRootKey(store: Store, accountId: string, now: Date): Promise<RootKey> {
  return await store.transact(async (db) => {
    const owner = { accountId, userId: undefined }
    const keys = await listAccessKeys(db, owner)
    const active = keys.find(({ status }) => status === 'Active')
    const { secrets } = store
    if (active) {
      const { accessKeyId } = active
      return { accessKeyId, secretAccessKey: await getSecret(db, accessKeyId, secrets), created: false }
    }
    const { accessKeyId, secretAccessKey } = await createAccessKey(db, owner, { secrets, now })
    return { accessKeyId, secretAccessKey, created: true }
  })
}
