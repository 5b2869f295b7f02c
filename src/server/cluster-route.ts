/** Muster's own API: the nodes that serve the database together. */
import type { OwnRoute } from '../api/http/index.ts'
import type { Cluster } from '../cluster/index.ts'
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
