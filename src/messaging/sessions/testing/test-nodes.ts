/** Several nodes on one database, in this process: what passes between them is a call, or lost. */
import {
  createLocalFabric,
  type Change,
  type Fabric,
  type Message,
} from '../../../fabric/in-process/index.ts'
import type { ClientName, SessionNodes } from '../nodes/session-nodes.ts'
import { orphanSessions } from '../nodes/owner-store.ts'
import { turns, type Run, type TestNode, type TestSessions } from './test-sessions.ts'

interface Joined {
  listeners: Set<(change: Change) => void | Promise<void>>
  answer: (client: ClientName) => Promise<void>
  onLogged: () => void
  onAdopted: () => void
  onSilent: () => void
  hear: (message: Message) => void
  keeping: Parameters<SessionNodes['keepWith']>[0]
  sharing: Sharing
  heedGroups: Parameters<SessionNodes['onGroupsTold']>[0]
}

type Sharing = Parameters<SessionNodes['shareWith']>[0]

export interface TestNodes {
  join: (nodeName: string) => TestNode
  /** There are, or are not, nodes of an older version, which begin sessions without telling the others. */
  setSilent: (hasSilent: boolean) => void
  /** It serves no more, as others find. */
  leave: (nodeName: string) => void
  /** From now on nodes do not hear each other, but for changes, which are in the database. */
  cutBus: () => void
}

export function createTestNodes(): TestNodes {
  const members = new Map<string, Joined>()
  let isUp = true
  let hasSilent = false
  const others = (nodeName: string) => (isUp ? [...members].filter(([name]) => name !== nodeName) : [])
  return {
    leave(nodeName) {
      members.delete(nodeName)
      for (const one of members.values()) one.onAdopted()
    },
    cutBus: () => void (isUp = false),
    setSilent(value) {
      hasSilent = value
      if (hasSilent) for (const one of members.values()) one.onSilent()
    },
    join: (nodeName) => joinNode(nodeName, { members, others, hasSilent: () => hasSilent }),
  }
}

interface Surroundings {
  members: Map<string, Joined>
  others: (nodeName: string) => [string, Joined][]
  hasSilent: () => boolean
}

const createLocal = () => createLocalFabric({ onError: () => {} })

function joinNode(nodeName: string, surroundings: Surroundings): TestNode {
  const kept = createLocal()
  const own: Joined = {
    listeners: new Set(),
    answer: async () => {},
    onLogged: () => {},
    onAdopted: () => {},
    onSilent: () => {},
    hear: () => {},
    keeping: { wants: () => false, keep: () => undefined },
    sharing: { wants: () => false, share: () => [], hear: () => {} },
    heedGroups: () => {},
  }
  surroundings.members.set(nodeName, own)
  return {
    nodes: { nodeName, kept, createLocal, ...whatNodesSay(nodeName, own, surroundings) },
    publishTo: publishingAt(nodeName, { own, kept, ...surroundings }),
    tell(changes) {
      for (const [name, { listeners }] of surroundings.members)
        if (name !== nodeName)
          for (const change of changes) for (const listen of listeners) void listen(change)
    },
  }
}

const whatNodesSay = (
  nodeName: string,
  own: Joined,
  { members, others, hasSilent }: Surroundings,
): Omit<SessionNodes, 'nodeName' | 'kept' | 'createLocal'> => ({
  members: () => members.keys(),
  async announce(...changes) {
    for (const change of changes)
      for (const { listeners } of members.values()) for (const listen of listeners) await listen(change)
  },
  onChange(listener) {
    own.listeners.add(listener)
    return { [Symbol.dispose]: () => void own.listeners.delete(listener) }
  },
  async askFor(name, client) {
    for (const [other, { answer }] of others(nodeName)) if (other === name) await answer(client)
  },
  onAskedFor: (answer) => void (own.answer = answer),
  tellLogged() {
    for (const [, { onLogged }] of others(nodeName)) onLogged()
  },
  onLogged: (listener) => void (own.onLogged = listener),
  onAdopted: (listener) => void (own.onAdopted = listener),
  hasSilent,
  onSilent: (listener) => void (own.onSilent = listener),
  told: () => undefined,
  keepWith: (keeping) => void (own.keeping = keeping),
  async tellGroups(told) {
    for (const [, { heedGroups }] of others(nodeName)) heedGroups({ ...told, nodeName })
  },
  onGroupsTold: (listener) => void (own.heedGroups = listener),
  shareWith: (sharing) => void (own.sharing = sharing),
  passOn(message, shares) {
    for (const [, { sharing }] of others(nodeName)) sharing.hear(message, shares)
  },
})

const publishingAt =
  (nodeName: string, { own, kept, others }: Surroundings & { own: Joined; kept: Fabric }) =>
  (clients: Fabric) => {
    own.hear = (heard) => {
      void clients.publish(heard)
      if (heard.qos === 0) void kept.publish(heard)
    }
    return (message: Message) => {
      const shares = own.sharing.share(message)
      own.hear(message)
      for (const [, { hear, sharing }] of others(nodeName)) {
        hear(message)
        sharing.hear(message, shares)
      }
      return message.qos === 0 ? undefined : own.keeping.keep(message)
    }
  }

/** As after kill -9 and the end of the lease. */
export async function killNode(
  name: string,
  { run, test, nodes }: { run: Run | undefined; test: TestSessions; nodes: TestNodes },
): Promise<void> {
  run?.crash()
  await turns()
  await test.store.transact((db) => orphanSessions(db, name, test.clock.now))
  nodes.leave(name)
}
