/**
 * The fabric of a node. Clients hear what is published at any node; what must act once (rules, shadows, logging) hears what
 * is published at its own. Sessions that outlive their connections get messages of QoS 1 and 2 from the database, which
 * loses none.
 */
import type { Fabric, Message, Shares } from '../in-process/index.ts'

export interface NodeFabricDeps {
  /** Of the services of this node. */
  services: Fabric
  /** Of its clients whose sessions end with their connections. */
  clients: Fabric
  /** Of the others. */
  kept: Fabric
  announce: Fabric['announce']
  /** To the other nodes. */
  send: (message: Message, shares: Shares) => void
  /** For which members of shared groups at other nodes it is; those of this node have it then. */
  share: (message: Message) => Shares
  /** Of QoS 1 or 2: a promise when it has to be durable for some session. */
  keep: (message: Message) => Promise<void> | undefined
}

export interface NodeFabrics {
  forServices: Fabric
  forClients: Fabric
  /** From another node. */
  hear: (message: Message) => void
}

export function createNodeFabrics(deps: NodeFabricDeps): NodeFabrics {
  const { services, clients, kept, announce, send, share, keep } = deps
  const publishToAll = (message: Message) => [
    services.publish(message),
    clients.publish(message),
    message.qos === 0 ? kept.publish(message) : keep(message),
  ]
  function publish(message: Message): Promise<void> | undefined {
    send(message, share(message))
    const pending = publishToAll(message).filter((durable) => durable !== undefined)
    return pending.length > 1 ? Promise.all(pending).then(() => undefined) : pending[0]
  }
  function hear(message: Message): void {
    void clients.publish(message)?.catch(() => {}) // its fabric was told
    if (message.qos === 0) void kept.publish(message)?.catch(() => {})
  }
  const hasSubscribers = () => true // at another node, for all that is known here
  const forServices = { ...services, publish, hasSubscribers, announce }
  return { forServices, forClients: { ...forServices, subscribe: clients.subscribe }, hear }
}
