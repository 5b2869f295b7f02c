/** Muster's own API: the nodes that serve the database together. */
import { iotError } from '../api/aws/errors.ts'
import type { OwnRoute } from '../api/http/index.ts'
import type { Cluster } from '../fabric/cluster/index.ts'
import { formatArn } from '../lib/arn.ts'

export interface ClusterReport {
  /** Empty for a server by itself. */
  nodes: {
    nodeName: string
    isThis: boolean
    isAlive: boolean
    version: string
    address: string
    /** MQTT clients, as of its last word. */
    connections: number
    /** Changes of others that are not in force there yet. */
    changesBehind: number
    /** ISO 8601. */
    joinedAt: string
  }[]
  /** Whether this node hears the others at once. */
  isBusConnected: boolean
}

/** `GET /muster/v1/cluster`. */
export function clusterRoute(
  cluster: Cluster | undefined,
  { region, accountId }: { region: string; accountId: string },
): OwnRoute {
  return {
    method: 'GET',
    path: '/muster/v1/cluster',
    action: 'muster:GetCluster',
    resource: formatArn({ service: 'muster', region, accountId, resource: 'cluster' }),
    async handle(): Promise<ClusterReport> {
      if (!cluster) return { nodes: [], isBusConnected: false }
      const { nodes, isBusConnected } = await cluster.status()
      return {
        nodes: nodes.map((node) => ({
          nodeName: node.nodeName,
          isThis: node.isThis,
          isAlive: node.isAlive,
          version: node.version,
          address: node.address,
          connections: node.connections,
          changesBehind: node.changesBehind,
          joinedAt: new Date(node.joinedAt).toISOString(),
        })),
        isBusConnected,
      }
    },
  }
}

const askedAsDrain = 'drain'
const answerWithinMs = 2000

export interface DrainDeps {
  /** Sends the clients of this node elsewhere, then stops it. */
  drain: () => void
  region: string
  accountId: string
}

/**
 * `POST /muster/v1/cluster/drain?nodeName=`: the node, or the one that is asked, takes no new clients, sends those it has
 * elsewhere, hands over what it has, and leaves. The answer only says that it has begun.
 */
export function drainRoute(cluster: Cluster | undefined, { drain, region, accountId }: DrainDeps): OwnRoute {
  cluster?.questions.onAsked(askedAsDrain, async () => {
    drain()
    return {}
  })
  return {
    method: 'POST',
    path: '/muster/v1/cluster/drain',
    action: 'muster:DrainNode',
    resource: formatArn({ service: 'muster', region, accountId, resource: 'cluster' }),
    async handle(query): Promise<{ nodeName: string }> {
      if (!cluster) throw iotError('InvalidRequestException', 'this server is no node of a cluster')
      const nodeName = query.get('nodeName') ?? cluster.nodeName
      const { nodes } = await cluster.status()
      const node = nodes.find((one) => one.nodeName === nodeName && one.isAlive)
      if (!node) throw iotError('ResourceNotFoundException', `no node named ${nodeName} is alive`)
      if (node.isThis) setImmediate(drain) // the answer goes first
      else if (!(await cluster.questions.ask(nodeName, askedAsDrain, {}, answerWithinMs)))
        throw iotError('ServiceUnavailableException', `the node ${nodeName} does not answer`)
      return { nodeName }
    },
  }
}
