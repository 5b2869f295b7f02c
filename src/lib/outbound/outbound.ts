/**
 * The one way out of this server to what users of the API name: topic rule destinations, http actions, lists of
 * certificates. Who may name an address here may not thereby reach what only this machine can.
 */
import { lookup as lookUpName, type LookupAddress, type LookupOptions } from 'node:dns'
import {
  Agent as HttpAgent,
  request as requestOverTcp,
  type ClientRequest,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as requestOverTls } from 'node:https'
import { isIP } from 'node:net'
import type { JudgeAddress } from './judge.ts'

/** Finds all addresses of a name, as `lookup` of `node:dns` does. */
export type LookUpName = (
  name: string,
  options: LookupOptions & { all: true },
  callback: (cause: Error | null, addresses: LookupAddress[]) => void,
) => void

/** For the log of the server: whoever named the address may learn nothing of what its names lead to. */
class OutboundRefusal extends Error {
  override readonly name = 'OutboundRefusal'
  readonly code = 'EADDRREFUSED'
}

type OutboundOptions = Pick<RequestOptions, 'method' | 'headers' | 'path'> & { signal?: AbortSignal }

export interface Outbound extends Disposable {
  /**
   * Why nothing is sent to the URL's host as it is written, for whoever wrote it. What a name leads to is seen at the
   * moment of connecting, and told to nobody.
   */
  findFault: (url: URL) => string | undefined
  /**
   * Begins a request, without redirects. Whoever begins it bounds its time and what is read of its answer, and tells
   * the caller no more than that there was no answer: which error it was tells open ports from closed ones.
   */
  request: (url: URL, options: OutboundOptions) => ClientRequest
}

interface OutboundDeps {
  judge: JudgeAddress
  lookUp?: LookUpName
}

const agentOptions = { keepAlive: true, maxSockets: 50, timeout: 30_000 }

/** With connections of its own; disposing closes them. */
export function createOutbound({ judge, lookUp = lookUpName }: OutboundDeps): Outbound {
  const guard = <A extends HttpAgent>(agent: A): A => guardConnections(agent, { judge, lookUp })
  const agents = { tcp: guard(new HttpAgent(agentOptions)), tls: guard(new HttpsAgent(agentOptions)) }
  return {
    findFault: (url) => findFault(url, judge),
    request: (url, options) =>
      url.protocol === 'https:'
        ? requestOverTls(url, { ...options, agent: agents.tls })
        : requestOverTcp(url, { ...options, agent: agents.tcp }),
    [Symbol.dispose]() {
      agents.tcp.destroy()
      agents.tls.destroy()
    },
  }
}

/** For services that the operator named, at the start of the server. */
export const createTrustedOutbound = (): Outbound => createOutbound({ judge: () => undefined })

const portOf = ({ port, protocol }: URL) => (port !== '' ? Number(port) : protocol === 'https:' ? 443 : 80)

function findFault(url: URL, judge: JudgeAddress): string | undefined {
  const host = url.hostname.replace(/\.$/, '')
  const address = /(^|\.)localhost$/.test(host) ? '127.0.0.1' : host.replace(/^\[(.*)\]$/, '$1')
  const fault = isIP(address) === 0 ? undefined : judge(address, portOf(url))
  return fault && `${host} ${fault}`
}

/** What is judged is what is connected to: a name may lead elsewhere a moment later. */
function guardConnections<A extends HttpAgent>(agent: A, { judge, lookUp }: Required<OutboundDeps>): A {
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const host = options.host ?? ''
    const port = Number(options.port)
    const fault = isIP(host) === 0 ? undefined : judge(host, port)
    if (fault === undefined)
      return connect({ ...options, lookup: guardedLookup(port, { judge, lookUp }) }, callback)
    callback?.(new OutboundRefusal(`${host} ${fault}`), undefined as never)
    return undefined
  }
  return agent
}

function guardedLookup(port: number, { judge, lookUp }: Required<OutboundDeps>) {
  return (
    name: string,
    options: LookupOptions,
    callback: (cause: Error | null, found: string | LookupAddress[], family?: number) => void,
  ): void => {
    lookUp(name, { ...options, all: true }, (cause, addresses) => {
      if (cause) return callback(cause, [])
      const open = addresses.filter(({ address }) => judge(address, port) === undefined)
      const [first] = open
      if (!first)
        return callback(
          refusalOf(name, addresses, (address) => judge(address, port)),
          [],
        )
      if (options.all) callback(null, open)
      else callback(null, first.address, first.family)
    })
  }
}

function refusalOf(name: string, [first]: LookupAddress[], judge: (address: string) => string | undefined) {
  if (!first) return new OutboundRefusal(`${name} has no address`)
  return new OutboundRefusal(`${name} leads to ${first.address}, which ${judge(first.address) ?? ''}`)
}
