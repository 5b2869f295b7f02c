/**
 * The fabric of a node. Clients hear what is published at any node; what must act once (rules, shadows, logging) hears what
 * is published at its own.
 */
import type { Fabric, Message } from '../fabric/index.ts'

export interface NodeFabricDeps {
  /** Of the services of this node. */
  services: Fabric
  /** Of its clients. */
  clients: Fabric
  announce: Fabric['announce']
  /** To the other nodes. */
  send: (message: Message) => void
}

export interface NodeFabrics {
  forServices: Fabric
  forClients: Fabric
}

export function createNodeFabrics({ services, clients, announce, send }: NodeFabricDeps): NodeFabrics {
  function publish(message: Message): Promise<void> | undefined {
    send(message)
    const [acted, heard] = [services.publish(message), clients.publish(message)]
    if (!acted || !heard) return acted ?? heard
    return Promise.all([acted, heard]).then(() => undefined)
  }
  const hasSubscribers = () => true // at another node, for all that is known here
  const forServices = { ...services, publish, hasSubscribers, announce }
  return { forServices, forClients: { ...forServices, subscribe: clients.subscribe } }
}
