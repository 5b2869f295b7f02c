/** Sessions on a database of their own, with clients that are plain objects. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openTestStore } from '../../../../test/helpers/store.ts'
import {
  createLocalFabric,
  type Change,
  type Fabric,
  type Message,
} from '../../../fabric/in-process/index.ts'
import type { Store } from '../../../store/index.ts'
import {
  openSessions,
  type Delivery,
  type DropCounts,
  type Link,
  type OpenRequest,
  type Retry,
  type Session,
  type SessionNodes,
  type SessionLimits,
  type Sessions,
  type WhenFull,
} from '../index.ts'

export const accountId = '123456789012'

export interface Sent {
  topic: string
  text: string
  qos: 0 | 1 | 2
  retain: boolean
  packetId: number
  isDuplicate: boolean
  expirySeconds?: number | undefined
  identifiers?: readonly number[] | undefined
}

export interface TestClient {
  session: Session
  isPresent: boolean
  sent: Sent[]
  /** Packet ids of the PUBRELs. */
  releases: number[]
  texts: () => string[]
  hasGivenUp: () => boolean
  hasFailed: () => boolean
  /** Its client is connected to another node. */
  isReplaced: () => boolean
  /** Acknowledges what was sent with QoS 1 and has not been acknowledged. */
  acknowledgeAll: () => void
  /** Unless the server has closed it. */
  disconnect: (closing?: Parameters<Sessions['close']>[1]) => void
}

export interface ClientOptions extends Partial<Omit<OpenRequest, 'accountId' | 'clientId'>> {
  window?: number
  retry?: Retry
  mayReceive?: (topic: string) => boolean
  /** Packets with a longer text do not fit. */
  maxTextLength?: number
}

export type RunOptions = Partial<SessionLimits> & {
  whenFull?: WhenFull
  /** 0 unless told. */
  random?: () => number
  /** As one of several nodes. */
  node?: TestNode
}

/** One of several in this process. */
export interface TestNode {
  nodes: SessionNodes
  /** Where its clients publish, given the fabric of those whose sessions end with their connections. */
  publishTo: (clients: Fabric) => Fabric['publish']
  /** Others hear of what a transaction wrote down. */
  tell: (changes: readonly Change[]) => void
}

/** One run of the server. */
export interface Run {
  sessions: Sessions
  fabric: Fabric
  /** Wills. */
  published: Message[]
  /** Names, and what was lost by reason. */
  drops: [string, DropCounts][]
  publish: (topic: string, text: string, more?: Partial<Message>) => Promise<void> | undefined
  connect: (clientId: string, options?: ClientOptions) => Promise<TestClient>
  /** Time goes by, and the sessions are looked through. */
  pass: (seconds: number) => void
  /** As `kill -9`: nothing of this run reaches the database any more. */
  crash: () => void
  /** Until it is called again with `false`, nothing can be written. */
  breakDisk: (isBroken?: boolean) => void
  stop: () => Promise<void>
}

export interface TestSessions extends AsyncDisposable {
  clock: { now: Date }
  store: Store
  start: (options?: RunOptions) => Promise<Run>
  /** Lets everything that is under way come to rest, on the disk too. */
  rest: () => Promise<void>
}

/** Lets others have their turn. */
export async function turns(count = 12): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn()
}

export async function openTestSessions(): Promise<TestSessions> {
  const store = await openTestStore()
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  return {
    clock,
    store,
    start: (options = {}) => startRun(store, clock, options),
    async rest() {
      for (let round = 0; round < 3; round++) {
        await turns()
        await store.transact(async () => {}) // behind all others
        await store.read.selectFrom('sessions').select('session_id').limit(1).execute() // so, too
      }
      await turns()
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
    },
  }
}

const silent = { log: { error: () => {} } }

async function startRun(
  store: Store,
  clock: { now: Date },
  { whenFull, node, random = () => 0, ...limits }: RunOptions,
): Promise<Run> {
  let fault: string | false = false
  const published: Message[] = []
  const drops: Run['drops'] = []
  const fabric = createLocalFabric({ onError: () => {} })
  const mortal = failing(store, () => fault, node?.tell)
  const publishMessage = node?.publishTo(fabric) ?? ((message: Message) => fabric.publish(message))
  const sessions = await openSessions({
    store: mortal,
    fabric,
    publish(will) {
      published.push(will)
      return publishMessage(will)
    },
    now: () => clock.now,
    whenFull,
    nodes: node?.nodes,
    onDropped: ({ name, counts }) => drops.push([name, counts]),
    limits: { sessionSweepIntervalMs: 2 ** 31 - 1, ...limits },
    random,
    ...silent,
  })
  return {
    sessions,
    fabric,
    published,
    drops,
    publish: (topic, text, more = {}) =>
      publishMessage({ accountId, topic, payload: Buffer.from(text), qos: 1, retain: false, ...more }),
    connect: (clientId, options = {}) => connectClient(sessions, clientId, options),
    pass: (seconds) => pass(clock, sessions, seconds),
    crash: () => void (fault = 'the server is gone'),
    breakDisk: (isBroken = true) => void (fault = isBroken && 'the disk is full'),
    stop: async () => sessions[Symbol.asyncDispose](),
  }
}

function pass(clock: { now: Date }, sessions: Sessions, seconds: number): void {
  clock.now = new Date(clock.now.getTime() + seconds * 1000)
  sessions.sweep()
}

/** What is to be written is, and is undone for the reason given. */
const failing = (
  store: Store,
  findReason: () => string | false,
  tell: TestNode['tell'] = () => {},
): Store => ({
  ...store,
  async transact(work, changesOf) {
    const value = await store.transact(async (db) => {
      const reason = findReason()
      if (reason === 'the server is gone') throw new Error(reason)
      const outcome = await work(db)
      if (reason) throw new Error(reason)
      return outcome
    })
    if (changesOf) tell(changesOf(value) as readonly Change[])
    return value
  },
})

async function connectClient(
  sessions: Sessions,
  clientId: string,
  { window = 100, retry, mayReceive = () => true, maxTextLength = 1000, ...request }: ClientOptions,
): Promise<TestClient> {
  const { session, isPresent } = await openSession(sessions, clientId, request)
  const close = () => sessions.close(session, {})
  const link = createLink({ window, retry, mayReceive, maxTextLength }, close)
  session.attach(link)
  const acknowledged = new Set<Sent>()
  return {
    session,
    isPresent,
    sent: link.sent,
    releases: link.releases,
    texts: () => link.sent.map(({ text }) => text),
    hasGivenUp: () => link.hasGivenUp,
    hasFailed: () => link.hasFailed,
    isReplaced: () => link.isReplaced,
    acknowledgeAll() {
      for (const sent of link.sent) {
        if (sent.qos !== 1 || acknowledged.has(sent)) continue
        acknowledged.add(sent)
        session.answer('puback', sent.packetId)
      }
    },
    disconnect(closing = {}) {
      if (!link.hasGivenUp && !link.hasFailed && !link.isReplaced) sessions.close(session, closing)
    },
  }
}

/** As the gateway does: what could not be stored is not kept for a client that never heard of it. */
async function openSession(sessions: Sessions, clientId: string, request: Partial<OpenRequest>) {
  await sessions.bring?.(accountId, clientId)
  const opened = sessions.open({
    accountId,
    clientId,
    version: 4,
    isCleanStart: false,
    expirySeconds: 0,
    passing: { maxWaiting: 10, maxWaitingBytes: 1000, maxStalledMs: 10_000 },
    ...request,
  })
  try {
    await opened.durable
  } catch (cause) {
    sessions.close(opened.session, opened.isPresent ? {} : { expirySeconds: 0 })
    throw cause
  }
  return opened
}

interface ClosableLink {
  sent: Sent[]
  releases: number[]
  hasGivenUp: boolean
  hasFailed: boolean
  isReplaced: boolean
}

/** As the gateway does, it closes the session of a client that it ends. */
function createLink(
  { maxTextLength, ...how }: Pick<Link, 'window' | 'retry' | 'mayReceive'> & { maxTextLength: number },
  close: () => void,
) {
  const sent: Sent[] = []
  const releases: number[] = []
  const send = (message: Message, delivery: Parameters<typeof toSent>[1]) => {
    const one = toSent(message, delivery)
    if (one.text.length > maxTextLength) return false
    sent.push(one)
    return true
  }
  const link: Link & ClosableLink = {
    sent,
    releases,
    hasGivenUp: false,
    hasFailed: false,
    isReplaced: false,
    ...how,
    isCongested: () => false,
    sendOnce: (message, retain, subscriptionIdentifiers) =>
      send(message, { qos: 0, retain, packetId: 0, isDuplicate: false, subscriptionIdentifiers }),
    send,
    sendRelease: (packetId) => void releases.push(packetId),
    giveUp: () => {
      link.hasGivenUp = true
      close()
    },
    fail: () => {
      link.hasFailed = true
      close()
    },
    replace: () => {
      link.isReplaced = true
      close()
    },
  }
  return link
}

function toSent(
  { topic, payload }: Message,
  { subscriptionIdentifiers, expirySeconds, ...delivery }: Omit<Delivery, 'qos'> & { qos: 0 | 1 | 2 },
): Sent {
  return {
    ...delivery,
    topic,
    text: Buffer.from(payload).toString(),
    ...(expirySeconds !== undefined && { expirySeconds }),
    ...(subscriptionIdentifiers && { identifiers: subscriptionIdentifiers }),
  }
}

/** Subscribes and waits until that is durable. */
export async function subscribe(
  { session }: Pick<TestClient, 'session'>,
  filter: string,
  more: { qos?: 0 | 1 | 2; noLocal?: boolean; identifier?: number } = {},
): Promise<void> {
  await session.subscribe({ filter, qos: 1, noLocal: false, retainAsPublished: false, ...more })
}
