/**
 * The AWS IoT Device SDK v2 for JavaScript with its native runtime: mutual TLS on the MQTT port and, told apart by
 * ALPN, on the shared one; WebSocket with SigV4.
 */
import { resolve } from 'node:path'
import type { TestServer } from '../helpers/server.ts'
import { describeClient } from './behaviour.ts'
import type { DeviceOrder } from './aws-device-client.ts'
import { openLineClient } from './line-client.ts'

interface Way extends Pick<DeviceOrder, 'version' | 'transport'> {
  portOf: (server: TestServer) => number
}

const open = ({ version, transport, portOf }: Way) =>
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

const mqttPort = ({ endpoints }: TestServer) => endpoints.mqttPort
const alpnPort = ({ endpoints }: TestServer) => endpoints.alpnPort!
const httpsPort = ({ endpoints }: TestServer) => endpoints.httpsPort
const name = 'AWS IoT Device SDK v2'

describeClient({
  name: `${name}, MQTT 3.1.1, mutual TLS`,
  open: open({ version: 4, transport: 'mtls', portOf: mqttPort }),
})
describeClient({
  name: `${name}, MQTT 5, mutual TLS`,
  open: open({ version: 5, transport: 'mtls', portOf: mqttPort }),
})
describeClient(
  {
    name: `${name}, MQTT 5, mutual TLS on the port for ALPN`,
    open: open({ version: 5, transport: 'mtls', portOf: alpnPort }),
  },
  { alpnPort: '0' },
)
describeClient({
  name: `${name}, MQTT 3.1.1, WebSocket`,
  open: open({ version: 4, transport: 'websocket', portOf: httpsPort }),
})
describeClient({
  name: `${name}, MQTT 5, WebSocket`,
  open: open({ version: 5, transport: 'websocket', portOf: httpsPort }),
})
