/**
 * The fabric of a node. Clients hear what is published at any node; what must act once (rules, shadows, logging) hears what
 * is published at its own. Sessions that outlive their connections get messages of QoS 1 and 2 from the database, which
 * loses none.
 */
import { whenAll } from '../../lib/maybe-promise.ts'
import type { Fabric, Message, Shares } from '../in-process/index.ts'
import type { Frames } from './frames/index.ts'
import type { NodeInterest } from './interest/index.ts'

export interface Sharing {
  /** Some shared group is to have messages on the topic. */
  wants: Fabric['hasSubscribers']
  /** Hears of each message that is published here, and says what others are to know with it. */
  share: (message: Message) => Shares
  /** A message of another node is for members of shared groups. */
  hear: (message: Message, shares: Shares) => void
}

/** Of sessions that outlive their connections, wherever they are. */
export interface Keeping {
  /** Some are to have messages on the topic. */
  wants: Fabric['hasSubscribers']
  /** Of QoS 1 or 2: a promise when it has to be durable for some. */
  keep: (message: Message) => Promise<void> | undefined
}

export interface NodeFabricDeps {
  /** Of the services of this node. */
  services: Fabric
  /** Of its clients whose sessions end with their connections. */
  clients: Fabric
  /** Of the others. */
  kept: Fabric
  announce: Fabric['announce']
  /** Of the other nodes. */
  interest: Pick<NodeInterest, 'wanting' | 'want'>
  frames: Pick<Frames, 'add'>
  sharing: () => Pick<Sharing, 'wants' | 'share'>
  keeping: () => Keeping
}

export interface NodeFabrics {
  forServices: Fabric
  forClients: Fabric
  forKept: Fabric
  /** From another node. */
  hear: (message: Message) => void
}

export function createNodeFabrics(deps: NodeFabricDeps): NodeFabrics {
  const { services, clients, kept, announce, interest, frames, sharing, keeping } = deps
  const publishToAll = (message: Message) => [
    services.publish(message),
    clients.publish(message),
    message.qos === 0 ? kept.publish(message) : keeping().keep(message),
  ]
  function publish(message: Message): Promise<void> | undefined {
    sendTo(frames, message, { wanting: interest.wanting(message), shares: sharing().share(message) })
    return whenAll(publishToAll(message))
  }
  function hear(message: Message): void {
    void clients.publish(message)?.catch(() => {}) // its fabric was told
    if (message.qos === 0) void kept.publish(message)?.catch(() => {})
  }
  const hasSubscribers: Fabric['hasSubscribers'] = (accountId, topic) =>
    [services, clients, kept].some((fabric) => fabric.hasSubscribers(accountId, topic)) ||
    [sharing(), keeping()].some((sessions) => sessions.wants(accountId, topic)) ||
    interest.want(accountId, topic)
  const forServices = { ...services, publish, hasSubscribers, announce }
  return {
    forServices,
    forClients: { ...forServices, subscribe: clients.subscribe },
    forKept: kept,
    hear,
  }
}

interface Receivers {
  /** Names of nodes. */
  wanting: readonly string[]
  shares: Shares
}

/** A node where only members of shared groups want it must not give it to others. */
function sendTo(frames: Pick<Frames, 'add'>, message: Message, { wanting, shares }: Receivers): void {
  if (shares.length === 0) return frames.add({ message }, wanting)
  frames.add({ message, shares }, wanting)
  passOnTo(frames, message, shares, wanting)
}

/** For members of shared groups alone: to the nodes that were picked for them, but for those that have it. */
export function passOnTo(
  frames: Pick<Frames, 'add'>,
  message: Message,
  shares: Shares,
  without: readonly string[] = [],
): void {
  const picked = new Set(shares.map(([, nodeName]) => nodeName))
  for (const nodeName of without) picked.delete(nodeName)
  frames.add({ message, shares, isShared: true }, [...picked])
}
