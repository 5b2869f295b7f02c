/** What clients did that the journal does not hold. Source: AWS IoT Developer Guide, "CloudWatch Logs AWS IoT log entries". */
import type { IotLogging } from './iot-logging.ts'

/** A connected client, as the gateway tells of it. */
interface LoggedClient {
  clientId: string
  thingName?: string | undefined
  peer: {
    accountId: string
    certificateId?: string
    identity?: { userId: string }
    customAuth?: { principalId: string }
    sourceIp: string
  }
}

export interface ClientLog {
  subscribed: (client: LoggedClient, filters: readonly string[]) => void
  unsubscribed: (client: LoggedClient, filters: readonly string[]) => void
}

/** Logs what clients subscribe to and unsubscribe from, an entry a filter; nothing is made while nobody logs. */
export function createClientLog(logging: Pick<IotLogging, 'log' | 'isOn'>): ClientLog {
  function tell(eventType: 'Subscribe' | 'Unsubscribe', client: LoggedClient, filters: readonly string[]) {
    if (!logging.isOn) return
    const { clientId, thingName, peer } = client
    const { accountId, sourceIp, certificateId, identity, customAuth } = peer
    const principalId = customAuth?.principalId ?? certificateId ?? identity?.userId
    const subject = { accountId, clientId, thingName, sourceIp, principalId, protocol: 'MQTT' }
    for (const topicName of filters)
      logging.log({ ...subject, level: 'INFO', eventType, status: 'Success', topicName })
  }
  return {
    subscribed: (client, filters) => tell('Subscribe', client, filters),
    unsubscribed: (client, filters) => tell('Unsubscribe', client, filters),
  }
}
