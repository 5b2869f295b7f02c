/** One node of a cluster: its membership, its way of writing, and what it hears of the others. */
import { hkdfSync } from 'node:crypto'
import type { Change, Fabric, Message, Shares } from '../in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import { readVersion } from '../../lib/version.ts'
import {
  createSecretBox,
  openNodeStore,
  readKeyFile,
  type Db,
  type NodeStore,
  type Store,
} from '../../store/index.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { openBus, type Bus } from './bus.ts'
import { ChangeFeed } from './change-feed.ts'
import { openChanges } from './changes.ts'
import { ClaimNumbers, type Claims } from './claims.ts'
import { Frames, type Entry } from './frames.ts'
import { Members } from './members.ts'
import { introduce, onIntroduced } from './introduction.ts'
import { join, Membership, type Joined } from './membership.ts'
import { createNodeFabrics, type NodeFabrics } from './node-fabric.ts'
import { openQuestions, type Questions } from './questions.ts'
import { shareFiles, type SharedFiles } from './shared-files.ts'
import { listMembers, newestSeq, type Member } from './store.ts'
import { timing } from './timing.ts'

export interface ClusterOptions {
  /** URLs of PostgreSQL and NATS. */
  database: string
  nats: string
  keyFile: string
  nodeName: string
  /** Of this process: of what acts once, and of its clients. */
  local: Fabric
  clients: Fabric
  /** Of clients whose sessions outlive their connections. */
  kept: Fabric
  log: Pick<Log, 'error' | 'warn'>
  /** Told how long each commit took. */
  onDurable?: (seconds: number) => void
  /** In the transaction that finds a node dead: what it had in hand is this one's. */
  adopt: (db: Db, names: { from: string; to: string }) => Promise<void>
}

/** What only the running server knows, for the other nodes to be told. */
interface NodeState {
  connections: () => number
  /** Where its API is reached. */
  address: () => string
}

interface ClusterStatus {
  nodes: (Omit<Member, 'takenSeq'> & {
    /** Changes that it has not taken in yet. */
    changesBehind: number
    isThis: boolean
  })[]
  isBusConnected: boolean
}

export interface Cluster extends AsyncDisposable {
  nodeName: string
  /** Writes down what it is told to have changed. */
  store: Store
  /** Announces, and publishes, to all nodes; its subscribers hear what is published here. */
  fabric: Fabric
  /** The same, but its subscribers hear what is published anywhere. */
  clientsFabric: Fabric
  /** Its subscribers hear of that what has QoS 0, and what is published to it alone. */
  keptFabric: Fabric
  /** What is published here with QoS 1 and 2 is given to it: a promise when it has to be durable. */
  keepWith: (keep: Keep) => void
  /** Of the members of shared groups. */
  shareWith: (sharing: Sharing) => void
  /** To other nodes, for members of shared groups alone. */
  passOn: (message: Message, shares: Shares) => void
  /** There is more in the log of messages. */
  tellLogged: () => void
  onLogged: (listener: () => void) => void
  questions: Questions
  /** Names of those that serve now; empty until the first look. */
  members: () => string[]
  /** Of client ids. */
  claims: Claims
  /** How long ago the lease of this node was renewed, in ms; without end when it has none. */
  leaseAgeMs: () => number
  /** Resolves, once, when this node must not serve any more, with why. */
  fenced: Promise<Error>
  /** Whether it may serve at this moment. */
  mayServe: () => boolean
  shareFiles: (files: SharedFiles) => Promise<void>
  /**
   * It serves, and says of its state from now on: resolves when the other nodes know it.
   * @throws {Error} when it must not serve any more
   */
  introduce: (state: NodeState) => Promise<void>
  /** Called when there may be more in hand than before. */
  onAdopted: (listener: () => void) => void
  status: () => Promise<ClusterStatus>
}

/** @throws {Error} for a person: what cannot be reached, or why this node may not join */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { database, nats, keyFile, nodeName, log, onDurable } = options
  const key = readKeyFile(keyFile)
  const onLost = (error: unknown) => log.error({ error }, 'a connection to the database was lost')
  const { silenceMs, leaseQueryMs } = timing
  await using stack = new AsyncDisposableStack()
  const secrets = createSecretBox(key)
  const store = stack.use(
    await openNodeStore(database, {
      secrets,
      keyFile,
      onLost,
      silenceMs,
      leaseQueryMs,
      ...(onDurable && { onDurable }),
    }),
  )
  const busKey = Buffer.from(hkdfSync('sha256', key, '', 'muster: words between nodes', 32))
  const bus = stack.use(await openBus({ url: nats, key: busKey, nodeName, log }))
  const joinedAt = performance.now()
  const joined = await join(store, { nodeName, version: readVersion() })
  const node = new Node(options, { store, bus, joined })
  stack.use(node)
  await node.begin(joinedAt)
  const questions = openQuestions(bus, log)
  onIntroduced(questions, async () => void (await node.look()))
  const held = stack.move()
  return {
    ...partsOf(node, { store, bus, joined }),
    nodeName,
    keptFabric: options.kept,
    questions,
    async introduce(state) {
      node.state = state
      const members = await node.look()
      await introduce({ nodeName, members: () => members, questions })
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

type OfNode = Omit<
  Cluster,
  'nodeName' | 'keptFabric' | 'questions' | 'introduce' | typeof Symbol.asyncDispose
>

function partsOf(node: Node, { store, bus, joined }: NodeParts): OfNode {
  const { nodeName, epoch } = joined
  return {
    store: { ...store, transact: node.changes.transact },
    fabric: node.fabrics.forServices,
    clientsFabric: node.fabrics.forClients,
    keepWith: (keep) => void (node.keep = keep),
    shareWith: (sharing) => void (node.sharing = sharing),
    passOn: node.passOn,
    tellLogged: () => bus.tell({ kind: 'logged', nodeName, epoch, seq: 0 }),
    onLogged: (listener) => void node.logListeners.push(listener),
    members: () => node.members(),
    claims: node.claims,
    leaseAgeMs: () => node.leaseAgeMs,
    fenced: node.fenced,
    mayServe: () => node.mayServe(),
    shareFiles: (files) => shareFiles(store, files),
    onAdopted: (listener) => void node.adoptionListeners.push(listener),
    status: () => node.status(),
  }
}

interface Sharing {
  /** Hears of each message that is published here, and says what others are to know with it. */
  share: (message: Message) => Shares
  /** A message of another node is for members of shared groups. */
  hear: (message: Message, shares: Shares) => void
}

type Keep = (message: Message) => Promise<void> | undefined

interface NodeParts {
  store: NodeStore
  bus: Bus
  joined: Joined
}

class Node implements AsyncDisposable {
  readonly fenced: Promise<Error>
  readonly changes
  readonly fabrics: NodeFabrics
  readonly claims: ClaimNumbers
  readonly adoptionListeners: (() => void)[] = []
  readonly logListeners: (() => void)[] = []
  keep: Keep = () => undefined
  sharing: Sharing = { share: () => [], hear: () => {} }
  readonly passOn: (message: Message, shares: Shares) => void
  state: NodeState = { connections: () => 0, address: () => '' }
  readonly #log: ClusterOptions['log']
  readonly #parts: NodeParts
  readonly #acknowledgements = new Acknowledgements()
  readonly #feed: ChangeFeed
  readonly #members: Members
  readonly #fence: (reason: Error) => void
  #membership: Membership | undefined

  constructor({ local, clients, kept, log, nodeName, adopt }: ClusterOptions, parts: NodeParts) {
    const { store, bus, joined } = parts
    this.#log = log
    this.#parts = parts
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.fenced = promise
    this.#fence = resolve
    const acknowledgements = this.#acknowledgements
    const word = { nodeName, epoch: joined.epoch }
    const tell = (seq: number) => bus.tell({ kind: 'changed', ...word, seq })
    this.changes = openChanges({ store, local, nodeName, acknowledgements, tell })
    const hear = (entry: Entry) => {
      if ('claim' in entry) this.claims.hear(entry.claim)
      else this.#hearMessage(entry)
    }
    const sendFrame = (frame: Uint8Array) => this.mayServe() && bus.sendFrame(frame)
    const frames = new Frames({ bus: { ...bus, sendFrame }, log, hear })
    this.claims = new ClaimNumbers(nodeName, (claim) => frames.add({ claim }))
    const send = (message: Message, shares: Shares) =>
      frames.add(shares.length > 0 ? { message, shares } : { message })
    this.passOn = (message, shares) => frames.add({ message, shares, isShared: true })
    const share = (message: Message) => this.sharing.share(message)
    const keep = (message: Message) => this.keep(message)
    const { announce } = this.changes
    this.fabrics = createNodeFabrics({ services: local, clients, kept, announce, send, share, keep })
    const take = (changes: readonly object[]) => local.announce(...(changes as readonly Change[]))
    const onTaken = () => bus.tell({ kind: 'taken', ...word, seq: this.#feed.takenSeq })
    this.#feed = new ChangeFeed({ read: store.read, log, nodeName, take, onTaken }, joined.takenSeq)
    const onAdopted = () => {
      for (const listener of this.adoptionListeners) listener()
    }
    this.#members = new Members({ store, nodeName, log, adopt, onAdopted })
  }

  /** From now on it is alive to others, and hears them. */
  async begin(joinedAt: number): Promise<void> {
    const { store, bus, joined } = this.#parts
    bus.onWord((word) => {
      if (word.kind === 'taken') this.#acknowledgements.taken(word)
      else if (word.kind === 'logged') for (const listener of this.logListeners) listener()
      else if (word.seq > this.#feed.takenSeq) void this.#feed.look()
    })
    const deps = {
      store,
      log: this.#log,
      facts: () => this.#facts(),
      onMembers: (members: readonly Member[], askedAt: number) => this.#hear(members, askedAt),
      onFenced: (reason: Error) => {
        this.#acknowledgements.end(reason)
        this.#fence(reason)
      },
    }
    this.#membership = new Membership(deps, joined, joinedAt)
    await this.#members.adoptEnded()
  }

  mayServe(): boolean {
    return this.#membership?.mayServe ?? false
  }

  members(): string[] {
    return [...this.#members.alive]
  }

  get leaseAgeMs(): number {
    return this.#membership?.leaseAgeMs ?? Number.POSITIVE_INFINITY
  }

  /** Who is a member by now. @throws {Error} when this node is none any more */
  async look(): Promise<string[]> {
    await this.#membership?.look()
    if (this.#membership?.isOver) throw await this.fenced
    return this.members()
  }

  async status(): Promise<ClusterStatus> {
    const { store, bus, joined } = this.#parts
    const [members, newest] = await Promise.all([listMembers(store.read), newestSeq(store.read)])
    const toNode = ({ takenSeq, ...member }: Member) => ({
      ...member,
      changesBehind: newest - takenSeq,
      isThis: member.epoch === joined.epoch,
    })
    return { nodes: members.map(toNode), isBusConnected: bus.isConnected() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#membership && !this.#membership.isOver)
      await this.#members
        .handOver()
        .catch((error: unknown) =>
          this.#log.warn({ error }, 'what this node had in hand was not handed over'),
        )
    await this.#feed.close()
    await this.#membership?.[Symbol.asyncDispose]()
    this.#acknowledgements.end(new Error('this node has left the cluster'))
  }

  #hearMessage({ message, shares, isShared }: Extract<Entry, { message: Message }>): void {
    if (!isShared) this.fabrics.hear(message)
    if (shares) this.sharing.hear(message, shares)
  }

  #facts() {
    const { connections, address } = this.state
    return { takenSeq: this.#feed.takenSeq, connections: connections(), address: address() }
  }

  #hear(members: readonly Member[], askedAt: number): void {
    this.#acknowledgements.heardOf(members, askedAt)
    void this.#feed.look()
    this.#members.heardOf(members)
  }
}
