/** Clients whose sessions outlive their connections, at a gateway, for the tests of sessions. */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { Message } from '../../../fabric/in-process/index.ts'
import {
  accountId,
  device,
  serverRoot,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from './test-gateway.ts'

interface Heard {
  client: MqttClient
  texts: string[]
  /** Resolves once so many messages came. */
  atLeast: (count: number) => Promise<string[]>
}

/** Of one test, which starts its gateway. */
export class SessionScene {
  gateway!: TestGateway

  start = async (options?: TestGatewayOptions) => void (this.gateway = await startTestGateway(options))

  publish = async (topic: string, text: string, more: Partial<Message> = {}) =>
    this.gateway.fabric.publish({
      accountId,
      topic,
      payload: Buffer.from(text),
      qos: 1,
      retain: false,
      ...more,
    })

  /** Keeps its session unless told otherwise. */
  connect = async (clientId: string, options: IClientOptions = {}): Promise<Heard> => {
    const texts: string[] = []
    const client = mqtt.connect(`mqtts://localhost:${this.gateway.port}`, {
      ca: serverRoot,
      cert: device.certificatePem,
      key: device.privateKeyPem,
      reconnectPeriod: 0,
      clientId,
      clean: false,
      ...options,
    })
    client.on('error', () => {})
    client.on('message', (_topic, payload) => texts.push(payload.toString())) // they may come with CONNACK
    await new Promise((resolve, reject) => {
      client.once('connect', resolve)
      client.once('close', () => reject(new Error('closed')))
    })
    const atLeast = async (count: number) => {
      while (texts.length < count) await new Promise(setImmediate)
      return texts
    }
    return { client, texts, atLeast }
  }
}

export const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => void client.once('close', () => resolve()))

export const v5 = (sessionExpiryInterval: number, more: object = {}): IClientOptions => ({
  protocolVersion: 5,
  properties: { sessionExpiryInterval, ...more },
})
