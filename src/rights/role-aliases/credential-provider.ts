/**
 * Gives devices short-lived credentials of IAM roles for their certificates.
 * Source: AWS IoT Developer Guide, "Authorizing direct calls to AWS services using AWS IoT Core credential provider".
 */
import { AwsError } from '../../api/aws/errors.ts'
import { createServiceSession, type Identities, type ServiceSession } from '../../access/identities/index.ts'
import type { JournalCode, RecordEntry } from '../../observability/journal/index.ts'
import { iotArn } from '../../lib/arn.ts'
import { describeDecision, suggestStatement, type Decision } from '../../access/policies/index.ts'
import type { Store } from '../../store/index.ts'
import { allThingsOfPrincipal, findThing } from '../../registry/things/index.ts'
import { AskRates } from './ask-rates.ts'
import { Refused, renderCredentials, renderRefusal, type ProviderAnswer } from './answer.ts'
import { RecentRefusals } from './recent-refusals.ts'
import { credentialService, roleAliasArn, type RoleAlias } from './role-alias.ts'
import { findRoleAlias } from './store.ts'

/** A device that was let in, and what its policies say. */
interface AskingDevice {
  accountId: string
  region: string
  /** The certificate id. */
  principal: string
  sourceIp: string
  decide: (action: string, resource: string, conditions?: Record<string, string | string[]>) => Decision
}

interface CredentialRequest {
  method: string
  /** Path and query, still percent-encoded. */
  target: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
}

export interface CredentialProviderDeps {
  store: Store
  identities: Pick<Identities, 'assumeServiceRole'>
  record: RecordEntry
  now: () => Date
}

/** One path of the HTTPS side of the device ports. */
export interface CredentialProvider {
  /** `path` is percent-encoded and has no query. */
  takes: (request: { path: string }) => boolean
  /** Records what it gives and what it refuses. */
  answer: (request: CredentialRequest, device: AskingDevice) => Promise<ProviderAnswer>
}

const pathPattern = /^\/role-aliases\/([^/?]+)\/credentials$/
const aliasPattern = /^[\w=,@-]{1,128}$/

export function createCredentialProvider(deps: CredentialProviderDeps): CredentialProvider {
  const { record, now } = deps
  const recent = new RecentRefusals(now)
  const rates = new AskRates(now)
  return {
    takes: ({ path }) => pathPattern.test(path),

    async answer({ method, target, headers }, device) {
      const { accountId, principal: certificateId, sourceIp } = device
      const thingName = headers['x-amzn-iot-thingname']
      const asked = { roleAlias: readAlias(target), thingName }
      const note = (code: JournalCode, details: Readonly<Record<string, string>>) => {
        const alias = { roleAlias: asked.roleAlias.slice(0, 128), ...details, protocol: 'HTTPS' }
        const thing = thingName !== undefined && { thingName: thingName.slice(0, 128) }
        record({ accountId, code, at: now(), certificateId, sourceIp, ...thing, details: alias })
      }
      try {
        if (method !== 'GET') throw new Refused('method-not-allowed')
        if (!rates.take(`${accountId}/${certificateId}`)) throw new Refused('too-many')
        const { session, roleArn } = await issue(deps, asked, device)
        note('credentials-issued', { roleArn, expiration: session.expiration.toISOString() })
        return renderCredentials(session)
      } catch (cause) {
        if (!(cause instanceof Refused)) throw cause
        if (recent.isNew(`${accountId}/${certificateId} ${cause.reason}`))
          note('credentials-denied', { error: cause.message, ...cause.details })
        return renderRefusal(cause.reason)
      }
    },
  }
}

interface Asked {
  /** Empty when the path does not hold a proper name. */
  roleAlias: string
  thingName: string | undefined
}

function readAlias(target: string): string {
  const [path = ''] = target.split('?', 1)
  try {
    return decodeURIComponent(pathPattern.exec(path)?.[1] ?? '')
  } catch {
    return '' // what is no UTF-8 names nothing
  }
}

/** assumed: the order of the checks is the one that awslabs' session helper for the credential provider found. */
async function issue(deps: CredentialProviderDeps, { roleAlias, thingName }: Asked, device: AskingDevice) {
  const sessionContext = {
    'credentials-iot:AwsCertificateId': device.principal,
    ...(thingName !== undefined && (await describeThing(deps, thingName, device))),
  }
  const arn = roleAliasArn(device, roleAlias)
  checkAllowed(device, arn, sessionContext)
  const alias = aliasPattern.test(roleAlias)
    ? await findRoleAlias(deps.store.read, device.accountId, roleAlias)
    : undefined
  if (!alias) throw new Refused('no-role-alias')
  const request = { sessionName: device.principal, sourceArn: arn, sessionContext }
  return { session: await createSession(deps, alias, request), roleArn: alias.roleArn }
}

async function describeThing(
  { store }: Pick<CredentialProviderDeps, 'store'>,
  thingName: string,
  device: AskingDevice,
): Promise<Record<string, string>> {
  const { accountId, principal } = device
  const things = await allThingsOfPrincipal(store.read, accountId, iotArn(device, `cert/${principal}`))
  const isAttached = things.some((attached) => attached.thingName === thingName)
  const thing = isAttached ? await findThing(store.read, accountId, thingName) : undefined
  if (!thing) throw new Refused('thing-not-attached')
  return {
    'credentials-iot:ThingName': thingName,
    ...(thing.thingTypeName !== undefined && { 'credentials-iot:ThingTypeName': thing.thingTypeName }),
  }
}

function checkAllowed(device: AskingDevice, resource: string, conditions: Record<string, string>): void {
  const request = { action: 'iot:AssumeRoleWithCertificate', resource }
  const decision = device.decide(request.action, resource, conditions)
  if (decision.effect === 'allow') return
  throw new Refused('not-allowed', {
    ...request,
    decision: describeDecision(decision, request),
    suggestion: suggestStatement(request),
  })
}

interface SessionRequest {
  sessionName: string
  sourceArn: string
  sessionContext: Record<string, string>
}

async function createSession(
  deps: CredentialProviderDeps,
  { accountId, roleArn, credentialDurationSeconds: durationSeconds }: RoleAlias,
  request: SessionRequest,
): Promise<ServiceSession> {
  const role = { accountId, roleArn, service: credentialService }
  try {
    return await createServiceSession(deps, {
      ...role,
      ...request,
      durationSeconds,
      sessionSeconds: durationSeconds,
    })
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause
    const reason = cause.code === 'ValidationError' ? 'duration-too-long' : 'role-not-assumable'
    throw new Refused(reason, { roleArn, reason: cause.message })
  }
}
