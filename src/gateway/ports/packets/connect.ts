/** CONNECT: who is it, may it connect, and the CONNACK. Sources: MQTT 3.1.1 and 5.0 3.1; AWS IoT Developer Guide, "MQTT". */
import { randomBytes } from 'node:crypto'
import type { DeviceCertificate } from '../../../pki/certificates/index.ts'
import { describeExcess } from '../../../messaging/data-plane/index.ts'
import type {
  Admission,
  AdmissionDeps,
  AuthorizerDeps,
  CallersDeps,
  CertificateStatusOf,
  ConnectConditions,
  CustomAuthDeps,
  CustomIdentity,
  DeviceAuthorization,
  RevocationDeps,
} from '../authorization.ts'
import type { ConnectPacket } from '../codec/packets.ts'
import type { MaybePromise } from '../../../lib/maybe-promise.ts'
import { denialDetails } from '../denial.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Sessions } from '../../../messaging/sessions/index.ts'
import type { ConnectRates } from '../connect-rates.ts'
import { isRevoked } from '../is-revoked.ts'
import type { Connection } from '../mqtt/connection.ts'
import { principalOf } from '../mqtt/client.ts'
import type { MqttProfile } from '../profile.ts'
import { proofOf } from '../tls/domain-rules.ts'
import { refusal, type Refusal } from '../refuse.ts'
import { Rights } from '../rights.ts'
import { authenticateConnect } from './authenticate.ts'
import { assignClientId, isAssignedTo, type ClientIdOwner } from './assigned-client-id.ts'
import { admitGuest, assignGuestId } from './guest.ts'
import { checkTopic, findResponseTopicFault } from './topics.ts'

export interface ConnectDeps {
  region: string
  admit: AdmissionDeps['admit']
  openAuthorization: AuthorizerDeps['open']
  /** Those who know the identities behind signed requests. */
  identities?: Pick<CallersDeps, 'openCallerAuthorization'> | undefined
  /** Those who know custom authorizers. */
  customAuth?: CustomAuthDeps | undefined
  certificateStatus: CertificateStatusOf
  /** Absent when no revocation lists are kept. */
  revocations?: RevocationDeps | undefined
  connectRates: Pick<ConnectRates, 'findExcess'>
  sessions: Pick<Sessions, 'bring'>
  now: () => Date
  limits: GatewayLimits
  profile: MqttProfile
}

/** One CONNECT on its way through the steps. */
export interface Attempt {
  connection: Connection
  packet: ConnectPacket
  /** Assigned by the server when the client sent none. */
  clientId: string
  /** What policies are asked about, where it is another one. */
  judgedClientId?: string
  certificate?: DeviceCertificate
  authorization?: DeviceAuthorization
  rights?: Rights
  connectConditions?: ConnectConditions
  /** The authorization's version that decided about iot:Connect. */
  judgedVersion?: number
}

type Step = (attempt: Attempt, deps: ConnectDeps) => MaybePromise<Refusal | undefined>

/** Registration comes before everything that could refuse the packet itself, so that a device is enrolled by its first CONNECT. */
const steps: readonly Step[] = [
  admitCertificate,
  askAuthorizer,
  checkAuthentication,
  checkClientId,
  checkWill,
  openAuthorization,
  authorizeConnect,
  checkRate, // who may not connect so does not use up what others may
  authorizeWill,
  bringSession,
  checkCertificateAgain, // last: it may have been revoked while the other steps waited
]

/** Resolves with the refusal, or with nothing when the client may connect. */
export async function judgeConnect(attempt: Attempt, deps: ConnectDeps): Promise<Refusal | undefined> {
  for (const step of steps) {
    const judged = step(attempt, deps)
    const refused = judged instanceof Promise ? await judged : judged
    if (refused || attempt.connection.state === 'closed') return refused
  }
  return undefined
}

function checkRate(
  { connection, clientId: assigned, packet }: Attempt,
  { connectRates, now }: ConnectDeps,
): Refusal | undefined {
  const clientId = connection.peer.guest ? assigned : packet.clientId
  const error = connectRates.findExcess(connection.peer.accountId, clientId, now().getTime())
  return error === undefined ? undefined : refusal('connect-throttled', { error })
}

function admitCertificate(attempt: Attempt, deps: ConnectDeps): MaybePromise<Refusal | undefined> {
  const { peer } = attempt.connection
  const { accountId, certificate, identity, guest, sourceIp } = peer
  if (guest?.actsAs) return admitGuest(attempt, deps)
  if (identity) return undefined // who signed has been seen to when the connection was opened
  if (proofOf(peer) === 'authorizer') return undefined
  if (!certificate) return refusal('no-certificate')
  const clientId = attempt.clientId === '' ? undefined : attempt.clientId
  const admission = deps.admit({ accountId, certificate, clientId, sourceIp, protocol: 'mqtt' })
  if (!(admission instanceof Promise)) return takeAdmission(attempt, admission)
  return admission.then((decided) => takeAdmission(attempt, decided))
}

function askAuthorizer(attempt: Attempt, { customAuth }: ConnectDeps): MaybePromise<Refusal | undefined> {
  const { peer } = attempt.connection
  const proof = peer.guest ? 'certificate' : proofOf(peer)
  if (proof === 'certificate' || proof === 'signature') return undefined
  return authenticateConnect(attempt, customAuth)
}

function takeAdmission(attempt: Attempt, admission: Admission): Refusal | undefined {
  if (admission.action === 'close') return refusal('not-admitted')
  attempt.certificate = admission.certificate
  attempt.connection.isAdmitted = true
  return undefined
}

function checkAuthentication({ packet: { properties } }: Attempt): Refusal | undefined {
  if (properties.authenticationMethod === undefined) return undefined
  return refusal('authentication-unsupported', { error: 'enhanced authentication is not offered' })
}

function checkClientId(attempt: Attempt, { limits, profile }: ConnectDeps): Refusal | undefined {
  const { maxClientIdBytes } = limits
  const isGuest = attempt.connection.peer.guest !== undefined
  if (isGuest && attempt.clientId === '') return assignGuestId(attempt)
  if (attempt.clientId === '') {
    if (keepsSession(attempt.packet) && attempt.packet.version === 4)
      return refusal('client-id-refused', { error: 'a session to keep needs a client id' }) // [MQTT-3.1.3-8]
    attempt.clientId = attempt.connection.clientId = assignClientId(
      ownerOf(attempt),
      randomBytes(6).toString('hex'),
    )
    return undefined
  }
  const bytes = Buffer.byteLength(attempt.clientId)
  if (bytes > maxClientIdBytes) {
    const error = `the client id of ${bytes} bytes is above the limit of ${maxClientIdBytes}`
    return refusal('client-id-refused', { error })
  }
  if (isGuest) return assignGuestId(attempt)
  if (!profile.reservesDollarClientIds || !attempt.clientId.startsWith('$')) return undefined
  if (isAssignedTo(ownerOf(attempt), attempt.clientId)) return undefined // it comes back with what it was given
  const error = 'client ids that begin with $ are reserved, and this one was not assigned to this principal'
  return refusal('client-id-refused', { error })
}

const ownerOf = ({ connection: { peer } }: Attempt): ClientIdOwner => ({
  accountId: peer.accountId,
  principal: principalOf(peer) ?? '',
})

function checkWill({ packet: { will } }: Attempt, { limits, profile }: ConnectDeps): Refusal | undefined {
  if (!will) return undefined
  if (will.qos > profile.maximumQos) return refusal('will-qos-unsupported', { error: 'QoS 2 is not offered' })
  const topicRefusal = checkTopic(will, limits, profile)
  if (topicRefusal) return refusal('will-topic-refused', topicRefusal.details)
  const error = describeExcess(will.payload, will.properties, limits)
  const answers = findResponseTopicFault(will.properties)
  if (answers) return refusal('will-topic-refused', answers.details)
  return error === undefined ? undefined : refusal('will-too-large', { topic: will.topic, error })
}

function openAuthorization(attempt: Attempt, deps: ConnectDeps): MaybePromise<Refusal | undefined> {
  const { peer } = attempt.connection
  const opened = peer.customAuth
    ? openForCustom(attempt, peer.customAuth)
    : peer.identity
      ? openForCaller(attempt, deps)
      : openForDevice(attempt, deps)
  if (!(opened instanceof Promise)) return takeAuthorization(attempt, opened, deps)
  return opened.then((authorization) => takeAuthorization(attempt, authorization, deps))
}

function takeAuthorization(
  attempt: Attempt,
  authorization: DeviceAuthorization | undefined,
  { region }: ConnectDeps,
): Refusal | undefined {
  if (!authorization) return refusal('not-admitted')
  attempt.authorization = authorization
  attempt.rights = new Rights(authorization, { accountId: attempt.connection.peer.accountId, region })
  return undefined
}

export const judgedClientIdOf = ({ judgedClientId, clientId }: Attempt): string => judgedClientId ?? clientId

function openForDevice(attempt: Attempt, deps: ConnectDeps) {
  const { certificate, connection } = attempt
  const clientId = judgedClientIdOf(attempt)
  const { accountId, sourceIp, domainName } = connection.peer
  if (!certificate) return undefined
  return deps.openAuthorization({ accountId, certificate, clientId, sourceIp, domainName, protocol: 'mqtt' })
}

function openForCustom(attempt: Attempt, customAuth: CustomIdentity) {
  const { sourceIp, domainName } = attempt.connection.peer
  return customAuth.open({
    protocol: 'mqtt',
    clientId: judgedClientIdOf(attempt),
    sourceIp,
    domainName,
  })
}

function openForCaller(attempt: Attempt, { identities }: ConnectDeps) {
  const { identity: caller, credential, sourceIp, domainName, tlsVersion } = attempt.connection.peer
  const clientId = judgedClientIdOf(attempt)
  if (!caller || !credential) return undefined
  const origin = { clientId, sourceIp, domainName, isSecure: tlsVersion !== undefined }
  return identities?.openCallerAuthorization({ caller, ...credential, ...origin })
}

function authorizeConnect(attempt: Attempt): Refusal | undefined {
  const { authorization, rights, packet } = attempt
  const clientId = judgedClientIdOf(attempt)
  if (!authorization || !rights) return refusal('connect-denied')
  const conditions = connectConditions(packet, (topic) => rights.resource('iot:Publish', topic))
  const decision = authorization.decide('iot:Connect', rights.resource('iot:Connect', clientId), conditions)
  attempt.judgedVersion = authorization.version
  if (conditions) attempt.connectConditions = conditions
  if (decision.effect === 'allow') return undefined
  return refusal('connect-denied', denialDetails(rights, 'iot:Connect', clientId, decision))
}

const keepsSession = ({ version, isClean, properties }: ConnectPacket): boolean =>
  version === 4 ? !isClean : (properties.sessionExpiryInterval ?? 0) > 0

/** AWS IoT Developer Guide, "Connect policy examples": keys that a statement's Condition may ask for. */
function connectConditions(
  packet: ConnectPacket,
  topicArn: (topic: string) => string,
): ConnectConditions | undefined {
  const { will } = packet
  if (!will && !keepsSession(packet)) return undefined
  const attributes = [...(keepsSession(packet) ? ['PersistentConnect'] : []), ...(will ? ['LastWill'] : [])]
  return {
    'iot:ConnectAttributes': attributes,
    ...(will && { 'iot:LastWillTopic': topicArn(will.topic) }),
  }
}

/** AWS asks for the right to publish the will when the client connects, not when it is published. */
function authorizeWill({ rights, packet: { will } }: Attempt): Refusal | undefined {
  if (!will) return undefined
  if (!rights) return refusal('will-denied')
  const actions = will.retain ? (['iot:Publish', 'iot:RetainPublish'] as const) : (['iot:Publish'] as const)
  const denied = actions.find((action) => rights.decide(action, will.topic).effect !== 'allow')
  return denied && refusal('will-denied', denialDetails(rights, denied, will.topic))
}

/** From another node, if that has it. */
function bringSession({ connection, clientId }: Attempt, { sessions }: ConnectDeps): MaybePromise<undefined> {
  return sessions.bring?.(connection.peer.accountId, clientId)?.then(() => undefined)
}

function checkCertificateAgain(attempt: Attempt, deps: ConnectDeps): MaybePromise<Refusal | undefined> {
  return attempt.connection.isCertificateStale ? lookAgain(attempt, deps) : undefined
}

async function lookAgain(
  { connection, certificate }: Attempt,
  { certificateStatus, revocations }: ConnectDeps,
): Promise<Refusal | undefined> {
  const { peer } = connection
  const { accountId, certificateId } = peer
  while (connection.isCertificateStale && certificateId !== undefined) {
    connection.isCertificateStale = false
    const status = await certificateStatus(accountId, certificateId)
    if (status !== 'ACTIVE') return refusal('certificate-changed', { status: status ?? 'deleted' })
    if (await isRevoked(revocations, peer, certificate?.caCertificateId)) return refusal('certificate-listed')
  }
  return undefined
}
