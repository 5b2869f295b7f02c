/** What passed since the start, over MQTT; added to in place, as it stands on the path of every message. */
export interface Traffic {
  /** PUBLISH packets of clients that were taken. */
  messagesReceived: number
  /** PUBLISH packets to clients, those that are sent again too. */
  messagesSent: number
  /** Without TLS. */
  bytesReceived: number
}

export const noTraffic = (): Traffic => ({ messagesReceived: 0, messagesSent: 0, bytesReceived: 0 })
