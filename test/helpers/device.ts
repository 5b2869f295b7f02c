/** A device as MQTT.js makes one: real TLS, real certificates. */
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { TestServer } from './server.ts'

export interface DeviceOptions {
  /** One certificate, or a chain. */
  certificatePem: string
  privateKeyPem: string
  clientId?: string
  /** 4 is MQTT 3.1.1. */
  protocolVersion?: 4 | 5
  mqtt?: Partial<IClientOptions>
  /** Called before it is connected, e.g. to hear what comes with the connection. */
  onConnecting?: (client: MqttClient) => void
}

/**
 * Resolves with the connected client.
 * @throws {Error} `closed` when the server closed without a CONNACK, else what it refused with
 */
export function connectDevice(server: TestServer, options: DeviceOptions): Promise<MqttClient> {
  const client = mqtt.connect({
    protocol: 'mqtts',
    host: server.host ?? '127.0.0.1',
    port: server.endpoints.mqttPort,
    servername: server.endpoints.endpoint,
    ca: server.rootCa,
    cert: options.certificatePem,
    key: options.privateKeyPem,
    clientId: options.clientId ?? 'device',
    protocolVersion: options.protocolVersion ?? 4,
    reconnectPeriod: 0,
    connectTimeout: 110_000,
    ...options.mqtt,
  })
  options.onConnecting?.(client)
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client))
    client.once('error', (error) => {
      client.end(true)
      reject(error)
    })
    client.once('close', () => {
      client.end(true)
      reject(new Error('closed'))
    })
  })
}

/** Resolves when the server has closed the client's connection. */
export function closed(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    if (!client.connected) resolve()
    else client.once('close', () => resolve())
  })
}

export interface Listener extends AsyncDisposable {
  client: MqttClient
  messages: { topic: string; payload: Buffer }[]
  /** Resolves with all messages as soon as there are so many. @throws {Error} after half a minute */
  atLeast: (count: number) => Promise<Listener['messages']>
}

/** A device with all rights, which AWS IoT itself issued, and what it hears on topics that match. */
export async function listen(
  server: TestServer,
  topicFilter: string,
  clientId?: string,
  mqttOptions?: DeviceOptions['mqtt'],
): Promise<Listener> {
  const client = await connectOperator(server, clientId, mqttOptions)
  const messages: Listener['messages'] = []
  let wake = () => {}
  client.on('message', (topic, payload) => {
    messages.push({ topic, payload })
    wake()
  })
  await client.subscribeAsync(topicFilter, { qos: 1 })
  return {
    client,
    messages,
    atLeast: (count) =>
      new Promise((resolve, reject) => {
        const late = () => reject(new Error(`${messages.length} messages came instead of ${count}`))
        const timer = setTimeout(late, 30_000)
        wake = () => {
          if (messages.length < count) return
          clearTimeout(timer)
          resolve(messages)
        }
        wake()
      }),
    [Symbol.asyncDispose]: () => client.endAsync(),
  }
}

/** Connected, and allowed everything: its certificate is one that AWS IoT issues and activates. */
export async function connectOperator(
  server: TestServer,
  clientId = 'operator',
  mqttOptions: DeviceOptions['mqtt'] = {},
): Promise<MqttClient> {
  const { certificateArn, certificatePem, keyPair } = await server.iot.send(
    new CreateKeysAndCertificateCommand({ setAsActive: true }),
  )
  const policyName = `${clientId}-may-do-all`
  const statement = { Effect: 'Allow', Action: 'iot:*', Resource: '*' }
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await server.iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName, target: certificateArn }))
  const identity = { certificatePem: certificatePem!, privateKeyPem: keyPair!.PrivateKey! }
  return connectDevice(server, { ...identity, clientId, mqtt: mqttOptions })
}
