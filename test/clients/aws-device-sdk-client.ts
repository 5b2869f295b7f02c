/**
 * The AWS IoT Device SDK v2 for JavaScript with its native runtime: mutual TLS on the MQTT port and, told apart by
 * ALPN, on the shared one; WebSocket with SigV4.
 */
import { resolve } from 'node:path'
import type { TestServer } from '../helpers/server.ts'
import type { DeviceOrder } from './aws-device-client.ts'
import { openLineClient } from './line-client.ts'

interface Way extends Pick<DeviceOrder, 'version' | 'transport'> {
  portOf: (server: TestServer) => number
}

export const openDeviceSdk = ({ version, transport, portOf }: Way) =>
  openLineClient({
    command: process.execPath,
    args: [resolve('test/clients/aws-device-client.ts')],
    extra: ({ server, identity }) => ({
      version,
      transport,
      port: portOf(server),
      region: server.endpoints.region,
      credentials: identity.credentials,
    }),
  })

export const mqttPort = ({ endpoints }: TestServer): number => endpoints.mqttPort
