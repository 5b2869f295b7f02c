/** MQTT.js, by the MQTT.js team: both protocol versions. */
import mqtt, { type MqttClient } from 'mqtt'
import { Inbox, type ForeignClient, type OpenClient, type OpenOptions } from './foreign-client.ts'

const expirySeconds = 3600

function start(version: 4 | 5, options: OpenOptions): MqttClient {
  const { server, identity, clientId, isPersistent = false, will } = options
  return mqtt.connect({
    protocol: 'mqtts',
    host: '127.0.0.1',
    port: server.endpoints.mqttPort,
    servername: server.endpoints.endpoint,
    ca: server.rootCa,
    cert: identity.certificatePem,
    key: identity.privateKeyPem,
    clientId,
    protocolVersion: version,
    reconnectPeriod: 0,
    clean: !isPersistent,
    ...(version === 5 && isPersistent && { properties: { sessionExpiryInterval: expirySeconds } }),
    ...(will && { will: { ...will, payload: Buffer.from(will.payload), qos: 1 as const, retain: false } }),
  })
}

export const openMqttJs =
  (version: 4 | 5): OpenClient =>
  async (options): Promise<ForeignClient> => {
    const client = start(version, options)
    const inbox = new Inbox()
    client.on('message', (topic, payload, { retain }) =>
      inbox.add({ topic, payload: payload.toString(), retain }),
    )
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve())
      client.once('error', reject)
      client.once('close', () => reject(new Error('the server closed the connection')))
    })
    for (const filter of options.filters ?? []) await client.subscribeAsync(filter, { qos: 1 })
    return {
      received: inbox.received,
      atLeast: inbox.atLeast,
      publish: async (topic, payload, { qos = 0, retain = false } = {}) => {
        await client.publishAsync(topic, payload, { qos, retain })
      },
      end: () => client.endAsync(),
      vanish: async () => {
        client.stream.destroy()
        client.end(true)
      },
    }
  }
