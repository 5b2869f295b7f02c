/** The cluster, as the other parts of a node see it. */
import type { Fabric, Message, Shares } from '../in-process/index.ts'
import { readVersion } from '../../lib/version.ts'
import { createSecretBox, openNodeStore, readKeyFile, type Store } from '../../store/index.ts'
import { busKeyOf, openBus } from './bus.ts'
import type { Claims } from './claims.ts'
import { introduce, onIntroduced } from './introduction.ts'
import { join } from './membership.ts'
import { Node, type ClusterStatus, type NodeOptions, type NodeParts, type NodeState } from './node.ts'
import type { Keeping, Sharing } from './node-fabric.ts'
import { openQuestions, type Questions } from './questions.ts'
import { shareFiles, type SharedFiles } from './shared-files.ts'
import { timing } from './timing.ts'
import { ownWire } from './wire.ts'

export interface ClusterOptions extends NodeOptions {
  /** URLs of PostgreSQL and NATS. */
  database: string
  nats: string
  keyFile: string
  /** Told how long each commit took. */
  onDurable?: (seconds: number) => void
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
  /** Undefined when all other nodes know to what clients have subscribed; resolves when they do, or do not answer. */
  told: () => Promise<void> | undefined
  /** What is published here with QoS 1 and 2 is given to it. */
  keepWith: (keeping: Keeping) => void
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
  /** Whether there is a node, of an older version, that begins sessions without telling the others. */
  hasSilent: () => boolean
  /** Called when one has been heard of. */
  onSilent: (listener: () => void) => void
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
  const bus = stack.use(await openBus({ url: nats, key: busKeyOf(key), nodeName, log }))
  const joinedAt = performance.now()
  const joined = await join(store, { nodeName, version: readVersion(), wire: ownWire })
  const node = new Node(options, { store, bus, joined })
  stack.use(node)
  const questions = openQuestions(bus, log)
  await node.begin(joinedAt, questions)
  onIntroduced(questions, async () => void (await node.look()))
  const held = stack.move()
  return {
    ...partsOf(node, { store, bus, joined }),
    nodeName,
    questions,
    async introduce(state) {
      node.state = state
      const members = await node.look()
      await introduce({ nodeName, members: () => members, questions })
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

type OfNode = Omit<Cluster, 'nodeName' | 'questions' | 'introduce' | typeof Symbol.asyncDispose>

function partsOf(node: Node, { store, bus, joined }: NodeParts): OfNode {
  const { nodeName, epoch } = joined
  return {
    store,
    fabric: node.fabrics.forServices,
    clientsFabric: node.fabrics.forClients,
    keptFabric: node.fabrics.forKept,
    told: () => node.interest.told(),
    keepWith: (keeping) => void (node.keeping = keeping),
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
    hasSilent: () => node.hasSilent(),
    onSilent: (listener) => void node.silenceListeners.push(listener),
    status: () => node.status(),
  }
}
