/** A device as MQTT.js makes one: real TLS, real certificates. */
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
}

/**
 * Resolves with the connected client.
 * @throws {Error} `closed` when the server closed without a CONNACK, else what it refused with
 */
export function connectDevice(server: TestServer, options: DeviceOptions): Promise<MqttClient> {
  const client = mqtt.connect({
    protocol: 'mqtts',
    host: '127.0.0.1',
    port: server.endpoints.mqttPort,
    servername: server.endpoints.endpoint,
    ca: server.rootCa,
    cert: options.certificatePem,
    key: options.privateKeyPem,
    clientId: options.clientId ?? 'device',
    protocolVersion: options.protocolVersion ?? 4,
    reconnectPeriod: 0,
    connectTimeout: 60_000,
    ...options.mqtt,
  })
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
