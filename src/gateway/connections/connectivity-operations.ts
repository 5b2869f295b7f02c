import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import type { Connections } from '../ports/index.ts'
import type { Journal } from '../../observability/journal/index.ts'
import type { Store } from '../../store/index.ts'
import { findThing } from '../../registry/things/index.ts'
import { clientIdsOf, findLastConnection } from './connectivity.ts'

export interface ConnectivityDeps {
  store: Pick<Store, 'read'>
  journal: Pick<Journal, 'list'>
  /** `undefined` until devices can connect. */
  connections: () => Connections | undefined
}

/** How far back a thing's connections are looked for in the journal. */
const maxEntries = 1000

/** assumed: no fleet indexing has to be switched on first; what the journal has forgotten counts as never connected. */
export function connectivityOperations({ store, journal, connections }: ConnectivityDeps) {
  return {
    async GetThingConnectivityData({ thingName, includeSocketInformation = false }, { accountId }) {
      if (!(await findThing(store.read, accountId, thingName)))
        throw iotError('ResourceNotFoundException', `there is no thing named ${thingName}`)
      const found = await journal.list({ accountId, subject: thingName, limit: maxEntries })
      const entries = found.filter((entry) => entry.thingName === thingName)
      for (const clientId of new Set([...clientIdsOf(entries), thingName])) {
        const connection = await connections()?.find(accountId, clientId)
        if (connection?.thingName !== thingName) continue
        const { connectedAt, keepAliveSeconds, isCleanSession, sessionExpirySeconds, sourceIp } = connection
        return {
          thingName,
          connected: true,
          disconnectReason: 'NONE' as const,
          clientId,
          keepAliveDuration: keepAliveSeconds,
          cleanSession: isCleanSession,
          sessionExpiry: sessionExpirySeconds,
          ...(connectedAt !== undefined && { timestamp: new Date(connectedAt) }),
          ...(includeSocketInformation && { sourceIp }),
        }
      }
      const last = findLastConnection(entries)
      if (!last) return { thingName, connected: false }
      const { clientId } = last
      const ended = await connections()?.findEnded(accountId, clientId)
      // the journal's own time, which is the same after a restart
      const endedAt = last.endedAt ?? (ended && new Date(ended.at))
      return {
        thingName,
        connected: false,
        clientId,
        disconnectReason: ended?.reason ?? last.reason,
        ...(endedAt && { timestamp: endedAt }),
      }
    },
  } satisfies Partial<Operations<typeof Iot>>
}
