/** CONNECT: who is it, may it connect, and the CONNACK. Sources: MQTT 3.1.1 and 5.0 3.1; AWS IoT Developer Guide, "MQTT". */
import { randomUUID } from 'node:crypto'
import type { DeviceCertificate } from '../../certificates/index.ts'
import { describeExcess } from '../../data-plane/index.ts'
import type {
  AdmissionDeps,
  AuthorizerDeps,
  CertificateStatusOf,
  DeviceAuthorization,
} from '../authorization.ts'
import type { ConnectPacket } from '../codec/packets.ts'
import { denialDetails } from '../denial.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Connection } from '../mqtt/connection.ts'
import { refusal, type Refusal } from '../refuse.ts'
import { Rights } from '../rights.ts'
import { checkTopic } from './topics.ts'

export interface ConnectDeps {
  region: string
  admit: AdmissionDeps['admit']
  openAuthorization: AuthorizerDeps['open']
  certificateStatus: CertificateStatusOf
  limits: GatewayLimits
}

/** One CONNECT on its way through the steps. */
export interface Attempt {
  connection: Connection
  packet: ConnectPacket
  /** Assigned by the server when the client sent none. */
  clientId: string
  certificate?: DeviceCertificate
  authorization?: DeviceAuthorization
  rights?: Rights
}

type Step = (attempt: Attempt, deps: ConnectDeps) => Refusal | undefined | Promise<Refusal | undefined>

/** Registration comes before everything that could refuse the packet, so that a device is enrolled by its first CONNECT. */
const steps: readonly Step[] = [
  admitCertificate,
  checkAuthentication,
  checkClientId,
  checkWill,
  openAuthorization,
  authorizeConnect,
  authorizeWill,
  checkCertificateAgain, // last: it may have been revoked while the other steps waited
]

/** Resolves with the refusal, or with nothing when the client may connect. */
export async function judgeConnect(attempt: Attempt, deps: ConnectDeps): Promise<Refusal | undefined> {
  for (const step of steps) {
    const refused = await step(attempt, deps)
    if (refused || attempt.connection.state === 'closed') return refused
  }
  return undefined
}

async function admitCertificate(attempt: Attempt, { admit }: ConnectDeps): Promise<Refusal | undefined> {
  const { accountId, der, x509, sourceIp } = attempt.connection.peer
  if (!der) return refusal('no-certificate')
  const { clientId } = attempt
  const named = clientId === '' ? {} : { clientId }
  const admission = await admit({
    accountId,
    der,
    ...(x509 && { x509 }),
    ...named,
    sourceIp,
    protocol: 'mqtt',
  })
  if (admission.action === 'close') return refusal('not-admitted')
  attempt.certificate = admission.certificate
  return undefined
}

function checkAuthentication({ packet: { properties } }: Attempt): Refusal | undefined {
  if (properties.authenticationMethod === undefined) return undefined
  return refusal('authentication-unsupported', { error: 'enhanced authentication is not offered' })
}

function checkClientId(attempt: Attempt, { limits: { maxClientIdBytes } }: ConnectDeps): Refusal | undefined {
  if (attempt.clientId === '') {
    attempt.clientId = attempt.connection.clientId = `$GEN/${randomUUID()}`
    return undefined
  }
  const bytes = Buffer.byteLength(attempt.clientId)
  if (bytes > maxClientIdBytes) {
    const error = `the client id of ${bytes} bytes is above the limit of ${maxClientIdBytes}`
    return refusal('client-id-refused', { error })
  }
  if (!attempt.clientId.startsWith('$')) return undefined
  return refusal('client-id-refused', { error: 'client ids that begin with $ are reserved' })
}

function checkWill({ packet: { will } }: Attempt, { limits }: ConnectDeps): Refusal | undefined {
  if (!will) return undefined
  if (will.qos === 2) return refusal('will-qos-unsupported', { error: 'QoS 2 is not offered' })
  const topicRefusal = checkTopic(will, limits)
  if (topicRefusal) return refusal('will-topic-refused', topicRefusal.details)
  const error = describeExcess(will.payload, will.properties, limits)
  return error === undefined ? undefined : refusal('will-too-large', { topic: will.topic, error })
}

async function openAuthorization(attempt: Attempt, deps: ConnectDeps): Promise<Refusal | undefined> {
  const { certificate, clientId, connection } = attempt
  if (!certificate) return refusal('not-admitted')
  const { accountId, sourceIp } = connection.peer
  const request = { accountId, certificate, clientId, sourceIp, protocol: 'mqtt' } as const
  attempt.authorization = await deps.openAuthorization(request)
  attempt.rights = new Rights(attempt.authorization, { accountId, region: deps.region })
  return undefined
}

function authorizeConnect({ authorization, rights, clientId, packet }: Attempt): Refusal | undefined {
  if (!authorization || !rights) return refusal('connect-denied')
  const conditions = connectConditions(packet, (topic) => rights.resource('iot:Publish', topic))
  const decision = authorization.decide('iot:Connect', rights.resource('iot:Connect', clientId), conditions)
  if (decision.effect === 'allow') return undefined
  return refusal('connect-denied', denialDetails(rights, 'iot:Connect', clientId, decision))
}

/** AWS IoT Developer Guide, "Connect policy examples": keys that a statement's Condition may ask for. */
function connectConditions(packet: ConnectPacket, topicArn: (topic: string) => string) {
  const { will, version, isClean, properties } = packet
  const isPersistent = version === 4 ? !isClean : (properties.sessionExpiryInterval ?? 0) > 0
  const attributes = [...(isPersistent ? ['PersistentConnect'] : []), ...(will ? ['LastWill'] : [])]
  return {
    ...(attributes.length > 0 && { 'iot:ConnectAttributes': attributes }),
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

async function checkCertificateAgain(
  { connection }: Attempt,
  { certificateStatus }: ConnectDeps,
): Promise<Refusal | undefined> {
  const { accountId, certificateId } = connection.peer
  while (connection.isCertificateStale && certificateId !== undefined) {
    connection.isCertificateStale = false
    const status = await certificateStatus(accountId, certificateId)
    if (status !== 'ACTIVE') return refusal('certificate-changed', { status: status ?? 'deleted' })
  }
  return undefined
}
