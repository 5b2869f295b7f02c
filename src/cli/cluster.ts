import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterReport } from '../server/cluster-route.ts'
import { CommandError, type CommandContext } from './command.ts'
import { findSigningTarget, type SigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

/** `status`: 0 when all nodes are alive. `drain`: 0 when the node has left. */
export async function cluster({ operands, given, source, print }: CommandContext): Promise<number> {
  const target = findSigningTarget(source)
  if (operands[0] === 'drain') return await drain(target, given.get('node'), print)
  return await status(target, print)
}

async function status(target: SigningTarget, print: CommandContext['print']): Promise<number> {
  const report = await askStatus(target)
  print(renderCluster(report))
  return report.nodes.every(({ isAlive }) => isAlive) ? 0 : 1
}

async function askStatus(target: SigningTarget): Promise<ClusterReport> {
  const request = { service: 'muster', method: 'GET', path: '/muster/v1/cluster' } as const
  return (await signedRequest(target, request)) as ClusterReport
}

const askAgainMs = 500
const giveUpMs = 120_000

async function drain(
  target: SigningTarget,
  asked: string | undefined,
  print: CommandContext['print'],
): Promise<number> {
  const before = await askStatus(target)
  const query = asked === undefined ? '' : `?nodeName=${encodeURIComponent(asked)}`
  const path = `/muster/v1/cluster/drain${query}`
  const answer = await signedRequest(target, { service: 'muster', method: 'POST', path, body: '' })
  const { nodeName } = answer as { nodeName: string }
  const isThis = before.nodes.some((node) => node.isThis && node.nodeName === nodeName)
  const giveUpAt = performance.now() + giveUpMs
  while (!(await hasLeft(target, { nodeName, isThis }))) {
    if (performance.now() > giveUpAt)
      throw new CommandError(
        `the node ${nodeName} has not left after ${giveUpMs / 1000} seconds; see its log`,
      )
    await wait(askAgainMs)
  }
  print(`The node ${nodeName} has left.\n`)
  return 0
}

/** One that leaves answers no more itself. */
async function hasLeft(
  target: SigningTarget,
  { nodeName, isThis }: { nodeName: string; isThis: boolean },
): Promise<boolean> {
  try {
    const { nodes } = await askStatus(target)
    return nodes.every((node) => node.nodeName !== nodeName)
  } catch (cause) {
    if (isThis && cause instanceof CommandError) return true
    throw cause
  }
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
