import type * as IotData from '@aws-sdk/client-iot-data-plane'
import { AwsError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import type { Connections } from '../ports/index.ts'
import { sendDirectMessage } from './direct-message.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'

export interface ConnectionsOperationsDeps {
  /** `undefined` until devices can connect. */
  connections: () => Connections | undefined
  now: () => Date
}

const defaultPageSize = 20
/** API reference of GetConnection: how long it tells of a client that is gone. */
const toldAfterMs = 30 * 60_000

/** What iot-data offers about the connections of MQTT clients. */
export function connectionsOperations({ connections, now }: ConnectionsOperationsDeps) {
  return {
    async DeleteConnection({ clientId, cleanSession = false, preventWillMessage = false }, { accountId }) {
      const options = { isSessionCleaned: cleanSession, isWillPrevented: preventWillMessage }
      const isEnded = await connections()?.end(accountId, clientId, options)
      if (!isEnded) throw notFound(`the client ${clientId} is not connected`)
    },

    async GetConnection({ clientId, includeSocketInformation = false }, { accountId }) {
      const connection = await connections()?.find(accountId, clientId)
      if (!connection) return describeEnded(clientId, accountId)
      const { thingName, isCleanSession, keepAliveSeconds, sessionExpirySeconds } = connection
      return {
        clientId,
        connected: true,
        cleanSession: isCleanSession,
        keepAliveDuration: keepAliveSeconds,
        sessionExpiry: sessionExpirySeconds,
        connectedSince: connection.connectedAt,
        ...(thingName !== undefined && { thingName }),
        ...(includeSocketInformation && { sourceIp: connection.sourceIp }),
      }
    },

    async ListSubscriptions({ clientId, nextToken, maxResults = defaultPageSize }, { accountId }) {
      const subscriptions = await connections()?.listSubscriptions(accountId, clientId)
      if (!subscriptions) throw notFound(`the client ${clientId} has no session`)
      const after = decodeMarker(nextToken)
      const sorted = subscriptions.toSorted((one, other) => (one.filter < other.filter ? -1 : 1))
      const rest = after === undefined ? sorted : sorted.filter(({ filter }) => filter > after)
      const page = rest.slice(0, maxResults)
      const last = page.at(-1)
      return {
        subscriptions: page.map(({ filter, qos }) => ({ topicFilter: filter, qos })),
        ...(last && rest.length > page.length && { nextToken: encodeMarker(last.filter) }),
      }
    },

    SendDirectMessage: (input, { accountId, caller, sourceIp, requestId }) =>
      sendDirectMessage(connections(), input, {
        accountId,
        principal: caller.userId,
        sourceIp,
        traceId: requestId,
      }),
  } satisfies Partial<Operations<typeof IotData>>

  async function describeEnded(clientId: string, accountId: string) {
    const ended = await connections()?.findEnded(accountId, clientId)
    if (!ended || now().getTime() - ended.at >= toldAfterMs) {
      throw notFound(`the client ${clientId} is not connected, and has not been for long`)
    }
    const { at, reason, thingName } = ended
    return {
      clientId,
      connected: false,
      disconnectedSince: at,
      disconnectReason: reason,
      ...(thingName !== undefined && { thingName }),
    }
  }
}

const notFound = (message: string) => new AwsError('ResourceNotFoundException', message)
