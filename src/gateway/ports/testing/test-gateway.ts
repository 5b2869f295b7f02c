/** The real gateway on a free port, with plain objects in place of onboarding and policies. */
import type { ConnectionOptions } from 'node:tls'
import type { IClientOptions } from 'mqtt'
import { expect } from 'vitest'
import { toPair } from '../../../../test/helpers/certificates.ts'
import type { Messages } from '../../../messaging/data-plane/index.ts'
import { openTestMessages, type TestMessages } from '../../../messaging/data-plane/testing/test-messages.ts'
import { createLocalFabric, type Fabric } from '../../../fabric/in-process/index.ts'
import type { JournalEntry } from '../../../observability/journal/index.ts'
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
import { connectClient, device, dial, server } from './test-clients.ts'
import { createPolicies, type IsAllowed } from './test-policies.ts'

export { connectPacket, packet } from './raw-packets.ts'
export { device, dial, server, serverRoot, type Wire } from './test-clients.ts'

export const accountId = '123456789012'

export interface TestGatewayOptions {
  /** Default: everything. */
  isAllowed?: IsAllowed
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
