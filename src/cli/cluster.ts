import type { ClusterReport } from '../server/cluster-route.ts'
import type { CommandContext } from './command.ts'
import { findSigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

/** 0 when all nodes are alive. */
export async function cluster({ source, print }: CommandContext): Promise<number> {
  const request = { service: 'muster', method: 'GET', path: '/muster/v1/cluster' } as const
  const report = (await signedRequest(findSigningTarget(source), request)) as ClusterReport
  print(renderCluster(report))
  return report.nodes.every(({ isAlive }) => isAlive) ? 0 : 1
}

function renderCluster({ nodes, isBusConnected }: ClusterReport): string {
  if (nodes.length === 0) return 'This server has the database to itself: it is no node of a cluster.\n'
  const width = Math.max(...nodes.map(({ nodeName }) => nodeName.length))
  const lines = nodes.map((node) => {
    const { nodeName, isThis, isAlive, version, address, connections, changesBehind, joinedAt } = node
    const state = isAlive ? 'alive' : 'dead '
    const facts = `${connections} clients, ${changesBehind} changes behind, Muster ${version} since ${joinedAt}`
    return `${nodeName.padEnd(width)}  ${state}  ${facts}  ${address}${isThis ? '  (answered this)' : ''}\n`
  })
  const bus = isBusConnected ? '' : 'NATS is not connected: nodes hear of changes within some seconds.\n'
  return lines.join('') + bus
}
