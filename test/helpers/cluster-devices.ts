/** Devices of one fleet that may come to any node. */
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane'
import type { IClientOptions, MqttClient } from 'mqtt'
import { connectDevice } from './device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from './jitp.ts'
import type { TestServer } from './server.ts'

export interface Device {
  name: string
  certificateId: string
  /** With a session that outlives the connection, unless it is asked for clean. */
  connect: (
    node: TestServer,
    options?: Partial<IClientOptions>,
    onText?: (text: string) => void,
  ) => Promise<Connected>
}

export interface Connected {
  client: MqttClient
  /** The session was there. */
  isPresent: boolean
  /** Payloads that have come. */
  texts: () => string[]
}

/** A CA, with a role of that name, whose devices are provisioned; each of them is given the same certificate every time. */
export async function openDevices(node: TestServer, roleName = 'fleet'): Promise<(name: string) => Device> {
  const roleArn = await createProvisioningRole(node, roleName)
  const ca = await registerCa(node, { registrationConfig: { roleArn, templateBody: provisioningTemplate() } })
  return (name) => {
    const certificate = ca.issue({
      subject: [
        ['C', 'NL'],
        ['CN', name],
      ],
    })
    return {
      name,
      certificateId: certificate.certificateId,
      async connect(at, { protocolVersion = 4, ...options } = {}, onText = () => {}) {
        const texts: string[] = []
        let isPresent = false
        const version = protocolVersion === 5 ? 5 : 4
        const client = await connectDevice(at, {
          ...certificate,
          clientId: name,
          protocolVersion: version,
          mqtt: { clean: false, ...options },
          onConnecting(connecting) {
            connecting.on('message', (_topic, payload) => {
              texts.push(payload.toString())
              onText(payload.toString())
            })
            connecting.once('connect', ({ sessionPresent }) => void (isPresent = sessionPresent))
          },
        })
        return { client, isPresent, texts: () => texts }
      },
    }
  }
}

export const dataPlaneOf = ({ endpoints, rootKey }: TestServer): IoTDataPlaneClient =>
  new IoTDataPlaneClient({
    endpoint: endpoints.apiUrl,
    region: endpoints.region,
    credentials: rootKey,
    maxAttempts: 1,
  })

/** Over the API, with QoS 1. */
export async function publishByApi(node: TestServer, topic: string, text: string): Promise<void> {
  const client = dataPlaneOf(node)
  await client.send(new PublishCommand({ topic, payload: Buffer.from(text), qos: 1 }))
  client.destroy()
}
