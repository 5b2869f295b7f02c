/**
 * A network namespace for what all share, and one for each node, tied to the first by three links: to its clients, to the database,
 * and to the bus. Each link can be cut without a word to either end, as a switch that fails does.
 */
import { execFileSync } from 'node:child_process'

export const links = ['clients', 'database', 'bus'] as const
export type Link = (typeof links)[number]

/** The host that all share is 1. */
export const addressOf = (link: Link, host = 1): string => `10.77.${links.indexOf(link) + 1}.${host}`

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()

const hubOf = (prefix: string) => `${prefix}-hub`
const hostOf = (place: number) => 11 + place
const portOf = (name: string, link: Link) => `${name}-${link}`
const bridgeOf = (link: Link) => `all-${link}`

export interface Networks extends Disposable {
  hub: string
}

/** Ends whatever still runs in them when they are let go. @throws {Error} when this process may not make them */
export function makeNetworks(prefix: string, nodes: readonly string[]): Networks {
  const names = [hubOf(prefix), ...nodes.map((name) => spaceOf(prefix, name))]
  using made = new DisposableStack()
  for (const name of names) {
    ip('netns', 'add', name)
    made.defer(() => remove(name))
    ip('-n', name, 'link', 'set', 'lo', 'up')
  }
  const hub = hubOf(prefix)
  for (const link of links) {
    const bridge = bridgeOf(link)
    ip('-n', hub, 'link', 'add', bridge, 'type', 'bridge')
    ip('-n', hub, 'address', 'add', `${addressOf(link)}/24`, 'dev', bridge)
    ip('-n', hub, 'link', 'set', bridge, 'up')
    for (const [place, name] of nodes.entries()) tie(prefix, { name, link, place })
  }
  const kept = made.move()
  return { hub, [Symbol.dispose]: () => kept.dispose() }
}

export const spaceOf = (prefix: string, node: string): string => `${prefix}-${node}`

export const nodeAddress = (place: number): string => addressOf('clients', hostOf(place))

function tie(prefix: string, { name, link, place }: { name: string; link: Link; place: number }): void {
  const [hub, space, port] = [hubOf(prefix), spaceOf(prefix, name), portOf(name, link)]
  ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', link, 'netns', space)
  ip('-n', hub, 'link', 'set', port, 'master', bridgeOf(link), 'up')
  ip('-n', space, 'address', 'add', `${addressOf(link, hostOf(place))}/24`, 'dev', link)
  ip('-n', space, 'link', 'set', link, 'up')
}

function remove(name: string): void {
  for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) kill(Number(pid))
  ip('netns', 'delete', name)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended meanwhile
  }
}

/** From within the namespace that all share. */
export function cut(node: string, ...which: Link[]): void {
  for (const link of which) ip('link', 'set', portOf(node, link), 'nomaster')
}

export function mend(node: string, ...which: Link[]): void {
  for (const link of which) ip('link', 'set', portOf(node, link), 'master', bridgeOf(link))
}
