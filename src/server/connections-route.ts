/** Muster's own API: who is connected. */
import { decodeMarker, encodeMarker } from '../api/aws/page-marker.ts'
import type { OwnRoute } from '../api/http/index.ts'
import type { Connections } from '../gateway/ports/index.ts'
import { formatArn } from '../lib/arn.ts'
import { parseLimit } from './parse-limit.ts'

export interface ConnectionsRouteDeps {
  /** `undefined` until devices can connect. */
  connections: () => Connections | undefined
  accountId: string
  region: string
}

/**
 * `GET /muster/v1/connections?clientIdPrefix=&limit=&marker=`: in the order of the client ids, from memory. A client
 * that is connected all the while is on one page; who comes or goes meanwhile may be.
 */
export function connectionsRoute({ connections, accountId, region }: ConnectionsRouteDeps): OwnRoute {
  return {
    method: 'GET',
    path: '/muster/v1/connections',
    action: 'muster:ListConnections',
    resource: formatArn({ service: 'muster', region, accountId, resource: 'connections' }),
    handle: async (query, context) => {
      const limit = parseLimit(query.get('limit'))
      const prefix = query.get('clientIdPrefix') ?? ''
      const after = decodeMarker(query.get('marker') ?? undefined)
      const found = (await connections()?.list(context.accountId, { prefix, after, limit: limit + 1 })) ?? []
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return {
        connections: page.map(({ connectedAt, ...connection }) => ({
          ...connection,
          ...(connectedAt !== undefined && { connectedAt: new Date(connectedAt).toISOString() }),
        })),
        ...(last && found.length > limit && { nextMarker: encodeMarker(last.clientId) }),
      }
    },
  }
}
