/** One node of a cluster: its membership, its way of writing, and what it hears of the others. */
import type { Change, Fabric, Message, Shares } from '../in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Db, NodeStore } from '../../store/index.ts'
import { Acknowledgements } from './acknowledgements.ts'
import type { Bus } from './bus.ts'
import { ChangeFeed } from './change-feed.ts'
import { openChanges } from './changes.ts'
import { ClaimNumbers } from './claims.ts'
import { Frames, type Entry, type MessageEntry } from './frames/index.ts'
import { NodeInterest } from './interest/index.ts'
import { Members } from './members.ts'
import { Membership, type Joined } from './membership.ts'
import { createNodeFabrics, passOnTo, type Keeping, type NodeFabrics, type Sharing } from './node-fabric.ts'
import type { Questions } from './questions.ts'
import { listMembers, newestSeq, type Member } from './store.ts'
import { commonForm, ownWire, sessionsAreTold } from './wire.ts'

export interface NodeOptions {
  nodeName: string
  /** Of this process: of what acts once, and of its clients. */
  local: Fabric
  clients: Fabric
  /** Of clients whose sessions outlive their connections. */
  kept: Fabric
  log: Pick<Log, 'error' | 'warn'>
  /** In the transaction that finds a node dead: what it had in hand is this one's. */
  adopt: (db: Db, names: { from: string; to: string }) => Promise<void>
}

export interface NodeParts {
  store: NodeStore
  bus: Bus
  joined: Joined
}

/** What only the running server knows, for the other nodes to be told. */
export interface NodeState {
  connections: () => number
  /** Where its API is reached. */
  address: () => string
}

export interface ClusterStatus {
  nodes: (Omit<Member, 'takenSeq' | 'wire'> & {
    /** Changes that it has not taken in yet. */
    changesBehind: number
    isThis: boolean
  })[]
  isBusConnected: boolean
}

export class Node implements AsyncDisposable {
  readonly fenced: Promise<Error>
  readonly fabrics: NodeFabrics
  readonly claims: ClaimNumbers
  readonly adoptionListeners: (() => void)[] = []
  readonly logListeners: (() => void)[] = []
  readonly silenceListeners: (() => void)[] = []
  readonly interest: NodeInterest
  keeping: Keeping = { wants: () => false, keep: () => undefined }
  sharing: Sharing = { wants: () => false, share: () => [], hear: () => {} }
  readonly passOn: (message: Message, shares: Shares) => void
  state: NodeState = { connections: () => 0, address: () => '' }
  readonly #log: NodeOptions['log']
  readonly #parts: NodeParts
  readonly #acknowledgements = new Acknowledgements()
  readonly #feed: ChangeFeed
  readonly #members: Members
  readonly #frames: Frames
  /** Names of the other nodes that serve. */
  #others: readonly string[] = []
  readonly #fence: (reason: Error) => void
  #membership: Membership | undefined
  /** Of the wire, as all understand it that are alive. */
  #form: number

  constructor({ local, clients, kept, log, nodeName, adopt }: NodeOptions, parts: NodeParts) {
    const { store, bus, joined } = parts
    this.#log = log
    this.#parts = parts
    this.#form = joined.form
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.fenced = promise
    this.#fence = resolve
    const acknowledgements = this.#acknowledgements
    const word = { nodeName, epoch: joined.epoch }
    const tell = (seq: number) => bus.tell({ kind: 'changed', ...word, seq })
    const announce = openChanges({ store, local, nodeName, acknowledgements, tell })
    const hear = (entry: Entry) => {
      if ('claim' in entry) this.claims.hear(entry.claim)
      else if ('message' in entry) this.#hearMessage(entry)
    }
    const sendFrame: Bus['sendFrame'] = (frame, to) => this.mayServe() && bus.sendFrame(frame, to)
    const frames = new Frames({ bus: { ...bus, sendFrame }, log, hear, form: () => this.#form })
    this.#frames = frames
    this.claims = new ClaimNumbers(nodeName, (claim) => frames.add({ claim }, this.#others))
    this.interest = new NodeInterest(word)
    this.passOn = (message, shares) => passOnTo(frames, message, shares)
    this.fabrics = createNodeFabrics({
      services: local,
      clients: this.interest.watch(clients, 'clients'),
      kept: this.interest.watch(kept, 'kept'),
      announce,
      interest: this.interest,
      frames,
      sharing: () => this.sharing,
      keeping: () => this.keeping,
    })
    const take = (changes: readonly object[]) => local.announce(...(changes as readonly Change[]))
    const onTaken = () => bus.tell({ kind: 'taken', ...word, seq: this.#feed.takenSeq })
    this.#feed = new ChangeFeed({ read: store.read, log, nodeName, take, onTaken }, joined.takenSeq)
    const onAdopted = () => {
      for (const listener of this.adoptionListeners) listener()
    }
    this.#members = new Members({ store, nodeName, log, adopt, onAdopted })
  }

  /** From now on it is alive to others, and hears them. */
  async begin(joinedAt: number, questions: Questions): Promise<void> {
    const { store, bus, joined } = this.#parts
    this.interest.begin(questions)
    bus.onWord((word) => {
      if (word.kind === 'taken') this.#acknowledgements.taken(word)
      else if (word.kind === 'logged') for (const listener of this.logListeners) listener()
      else if (word.kind === 'changed' && word.seq > this.#feed.takenSeq) void this.#feed.look()
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

  /** Whether there is a node that begins sessions without telling the others. */
  hasSilent(): boolean {
    return this.#form < sessionsAreTold
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
    const toNode = ({ nodeName, epoch, version, address, ...member }: Member) => {
      const { leaseUntil, takenSeq, connections, joinedAt, isAlive } = member
      const told = { nodeName, epoch, version, address, leaseUntil, connections, joinedAt, isAlive }
      return { ...told, changesBehind: newest - takenSeq, isThis: epoch === joined.epoch }
    }
    return { nodes: members.map(toNode), isBusConnected: bus.isConnected() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#membership && !this.#membership.isOver)
      await this.#members
        .handOver()
        .catch((error: unknown) =>
          this.#log.warn({ error }, 'what this node had in hand was not handed over'),
        )
    this.interest[Symbol.dispose]()
    await this.#feed.close()
    await this.#membership?.[Symbol.asyncDispose]()
    this.#acknowledgements.end(new Error('this node has left the cluster'))
  }

  #hearMessage({ message, shares, isShared }: MessageEntry): void {
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
    const alive = members.filter(({ isAlive }) => isAlive)
    this.#form = commonForm([ownWire, ...alive.map(({ wire }) => wire)]) ?? ownWire.from
    if (this.hasSilent()) for (const listener of this.silenceListeners) listener()
    const others = alive.filter(({ epoch }) => epoch !== this.#parts.joined.epoch)
    this.#others = others.map(({ nodeName }) => nodeName)
    this.#frames.retain(new Set(this.#others))
    this.interest.heardOf(others)
  }
}
