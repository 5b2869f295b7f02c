/** The real gateway on a free port, with plain objects in place of onboarding and policies. */
import { once } from 'node:events'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { expect } from 'vitest'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { makeCa, type TestCertificate, toPair } from '../../../../test/helpers/certificates.ts'
import type { Messages } from '../../../messaging/data-plane/index.ts'
import { openTestMessages, type TestMessages } from '../../../messaging/data-plane/testing/test-messages.ts'
import { createLocalFabric, type Fabric } from '../../../fabric/in-process/index.ts'
import type { JournalEntry } from '../../../observability/journal/index.ts'
import type { Decision } from '../../../access/policies/index.ts'
import { droppedEntry } from '../dropped-entry.ts'
import {
  openSessions,
  type SessionLimits,
  type Sessions,
  type WhenFull,
} from '../../../messaging/sessions/index.ts'
import type { Store } from '../../../store/index.ts'
import type { Admission, AdmissionRequest, DeviceAuthorization } from '../authorization.ts'
import { startGateway, type Gateway, type GatewayOptions } from '../gateway.ts'
import { toBytes } from './raw-packets.ts'

export { connectPacket, packet } from './raw-packets.ts'

export const accountId = '123456789012'

const serverCa = makeCa({ subject: 'CN=Server Root' })
/** PEM of what clients of the test gateway trust. */
export const serverRoot = serverCa.certificatePem
export const server = serverCa.issue({
  subject: 'CN=localhost',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
})
const deviceCa = makeCa({ subject: 'CN=Device CA' })
export const device = deviceCa.issue({ subject: 'CN=lamp-1' })

const scope = 'arn:aws:iot:us-east-1:123456789012:'

export interface TestGatewayOptions {
  /** Which action on which resource (without the ARN's head) is granted. Default: everything. */
  isAllowed?: (action: string, resource: string, conditions: Record<string, string | string[]>) => boolean
  admit?: (request: AdmissionRequest) => Promise<'accept' | 'close'>
  limits?: GatewayOptions['limits']
  profile?: GatewayOptions['profile']
  refusals?: GatewayOptions['refusals']
  identities?: GatewayOptions['identities']
  answerSigned?: GatewayOptions['answerSigned']
  /** What admission tells of the certificate. */
  certificate?: { caCertificateId: string }
  revocations?: GatewayOptions['revocations']
  domains?: GatewayOptions['domains']
  /** Hears for whom policies are opened. */
  onAuthorize?: (request: Parameters<GatewayOptions['authorizer']['open']>[0]) => void
  now?: () => Date
  /** Keeps messages in a database of its own. Default: none is kept. */
  retains?: boolean
  sessionLimits?: Partial<SessionLimits>
  whenFull?: WhenFull
  mayServe?: GatewayOptions['mayServe']
}

export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>

/** Collects the journal. */
function createJournal() {
  const entries: JournalEntry[] = []
  const waiting = new Set<() => void>()

  function record(entry: JournalEntry): void {
    entries.push(entry)
    for (const look of waiting) look()
  }

  /** The first entry with the code, now or later. */
  function recorded(code: JournalEntry['code']): Promise<JournalEntry> {
    return new Promise((resolve) => {
      const look = () => {
        const entry = entries.find((one) => one.code === code)
        if (!entry) return void waiting.add(look)
        waiting.delete(look)
        resolve(entry)
      }
      look()
    })
  }

  return { entries, record, recorded, codes: () => entries.map((entry) => entry.code) }
}

/** Policies that can be changed while clients are connected. */
function createPolicies(isAllowed: NonNullable<TestGatewayOptions['isAllowed']>) {
  const policies = { version: 1, isAllowed, open: 0, canRemember: true, isThingExclusive: false, change }
  const listeners = new Set<() => Promise<void> | void>()

  /** Grants other things from now on; resolves when the connections have been judged by it. */
  async function change(next: typeof isAllowed): Promise<void> {
    policies.isAllowed = next
    policies.version++
    await Promise.all([...listeners].map(async (listen) => listen()))
  }

  function open(): DeviceAuthorization {
    policies.open++
    const own = new Set<() => Promise<void> | void>()
    return {
      thingName: 'lamp-thing',
      get canRemember() {
        return policies.canRemember
      },
      get isThingExclusive() {
        return policies.isThingExclusive
      },
      get version() {
        return policies.version
      },
      decide(action, resource, conditions = {}) {
        const isGranted = policies.isAllowed(action, resource.replace(scope, ''), conditions)
        return { effect: isGranted ? 'allow' : 'implicit-deny', variables: {} } as Decision
      },
      onChanged(listener) {
        own.add(listener)
        listeners.add(listener)
        return { [Symbol.dispose]: () => void listeners.delete(listener) }
      },
      [Symbol.dispose]() {
        policies.open--
        for (const listener of own) listeners.delete(listener)
      },
    }
  }

  return { policies, open }
}

export async function startTestGateway(options: TestGatewayOptions = {}) {
  const { isAllowed = () => true } = options
  const errors: unknown[] = []
  const fabric = createLocalFabric({ doesHashMatchParent: options.profile === 'standard' })
  const { record, ...journal } = createJournal()
  const { policies, open } = createPolicies(isAllowed)
  const kept = await openTestMessages({ fabric, now: options.now })
  const messages = options.retains ? kept : keepNone(fabric)
  const sessions = await openTestSessions(options, { fabric, messages, store: kept.store, record })
  const certificateStatuses = new Map<string, string | undefined>()

  const gateway = await startGateway({
    host: '127.0.0.1',
    ports: { mqtt: 0, https: 0 },
    tls: [toPair(server)],
    accountId,
    region: 'us-east-1',
    fabric,
    messages,
    sessions,
    onboarding: admitting(options),
    authorizer: heard(open, options.onAuthorize),
    certificateStatus: async (_account, id) =>
      certificateStatuses.has(id) ? certificateStatuses.get(id) : 'ACTIVE',
    record,
    log: { error: (...parts: unknown[]) => void errors.push(parts) },
    now: options.now ?? (() => new Date()),
    limits: { sweepIntervalMs: 10, ...options.limits },
    ...passedOn(options),
  })
  const parts = {
    gateway,
    fabric,
    policies,
    certificateStatuses,
    errors,
    sessions,
    ...keeping(gateway, { kept, sessions }),
  }
  return { ...parts, ...journal, ...doors(gateway) }
}

function admitting({ admit = async () => 'accept' as const, certificate = {} as never }: TestGatewayOptions) {
  return {
    async admit(request: AdmissionRequest): Promise<Admission> {
      const action = await admit(request)
      return action === 'close'
        ? { action, code: 'ca-unknown', certificateId: device.certificateId }
        : { action, certificate: certificate as never }
    },
  }
}

function heard(
  open: () => DeviceAuthorization,
  hear: TestGatewayOptions['onAuthorize'],
): GatewayOptions['authorizer'] {
  return {
    async open(request) {
      hear?.(request)
      return open()
    },
  }
}

/** What the gateway is given as it is. */
function passedOn(options: TestGatewayOptions) {
  return {
    ...(options.domains && { domains: options.domains }),
    ...(options.revocations && { revocations: options.revocations }),
    ...(options.identities && { identities: options.identities }),
    ...(options.answerSigned && { answerSigned: options.answerSigned }),
    ...(options.profile && { profile: options.profile }),
    ...(options.refusals && { refusals: options.refusals }),
    ...(options.mayServe && { mayServe: options.mayServe }),
  }
}

/** Sessions as the server opens them, in the database of the messages. */
function openTestSessions(
  { profile, sessionLimits = {}, whenFull, now = () => new Date() }: TestGatewayOptions,
  parts: { fabric: Fabric; messages: Messages; store: Store; record: (entry: JournalEntry) => void },
): Promise<Sessions> {
  const { fabric, messages, store, record } = parts
  return openSessions({
    store,
    fabric,
    publish: (message) => messages.publish(message),
    now,
    random: () => 0,
    log: { error: (...all: unknown[]) => expect.fail(JSON.stringify(all)) },
    onDropped: (dropped) => record(droppedEntry(dropped, now())),
    whenFull,
    doesHashMatchParent: profile === 'standard',
    limits: { sessionSweepIntervalMs: 10, ...sessionLimits },
  })
}

function keeping(gateway: Gateway, { kept, sessions }: { kept: TestMessages; sessions: Sessions }) {
  return {
    /** As after a restart. */
    reopenedMessages: () => kept.reopened(),
    /** Resolves when what has been asked of the database is answered: with one reader they are in order. */
    async answered() {
      await kept.store.read.selectFrom('retained_messages').select('topic').limit(1).execute()
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await sessions[Symbol.asyncDispose]()
      await kept[Symbol.asyncDispose]()
    },
  }
}

const keepNone = (fabric: Fabric): Messages => ({
  publish: (message) => fabric.publish(message),
  serve: () => new DisposableStack(),
  matchRetained: () => [],
  findRetained: async () => [],
  listRetained: async () => [],
})

function doors(gateway: Gateway) {
  const { mqtt: port, https: httpsPort } = gateway.ports
  return {
    port,
    httpsPort,
    connect: (options?: IClientOptions) => connectClient(port, options),
    dial: (tls?: ConnectionOptions) => dial(port, tls),
  }
}

const tlsIdentity = ({ certificatePem, privateKeyPem }: TestCertificate) => ({
  ca: serverCa.certificatePem,
  cert: certificatePem,
  key: privateKeyPem,
})

/** MQTT.js, over mutual TLS as `lamp-1`; rejects when the connection is refused. */
async function connectClient(port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const base: IClientOptions = {
    ...tlsIdentity(device),
    reconnectPeriod: 0,
    connectTimeout: 3000,
    clientId: 'lamp-1',
  }
  const client = await connectAsync(`mqtts://localhost:${port}`, { ...base, ...options }, false)
  client.on('error', () => {})
  return client
}

export interface Wire {
  socket: TLSSocket
  send: (...bytes: (number | string | Uint8Array)[]) => void
  /** Resolves with the bytes received so far once there are that many. */
  receive: (bytes: number) => Promise<Buffer>
  /** Everything received until the server closed. */
  closed: Promise<Buffer>
}

/** A bare TLS connection for handmade bytes. */
export async function dial(port: number, tls: ConnectionOptions = {}): Promise<Wire> {
  const socket = connectTls({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    ...tlsIdentity(device),
    ...tls,
  })
  let received = Buffer.alloc(0)
  const listeners = new Set<() => void>()
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (const look of listeners) look()
  })
  socket.on('error', () => {})
  const closed = new Promise<Buffer>((resolve) => socket.once('close', () => resolve(received)))
  await once(socket, 'secureConnect')
  return {
    socket,
    send: (...bytes) => void socket.write(toBytes(bytes)),
    receive: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < count) return void listeners.add(look)
          listeners.delete(look)
          resolve(received)
        }
        look()
      }),
    closed,
  }
}
