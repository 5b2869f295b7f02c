import type { TestServer } from '../helpers/server.ts'
import { mqttPort, openDeviceSdk } from './aws-device-sdk-client.ts'
import { describeClient, oneServer } from './behaviour.ts'

const alpnPort = ({ endpoints }: TestServer) => endpoints.alpnPort!
const httpsPort = ({ endpoints }: TestServer) => endpoints.httpsPort
const name = 'AWS IoT Device SDK v2'

describeClient({
  name: `${name}, MQTT 3.1.1, mutual TLS`,
  open: openDeviceSdk({ version: 4, transport: 'mtls', portOf: mqttPort }),
})
describeClient({
  name: `${name}, MQTT 5, mutual TLS`,
  open: openDeviceSdk({ version: 5, transport: 'mtls', portOf: mqttPort }),
})
describeClient(
  {
    name: `${name}, MQTT 5, mutual TLS on the port for ALPN`,
    open: openDeviceSdk({ version: 5, transport: 'mtls', portOf: alpnPort }),
  },
  oneServer({ alpnPort: '0' }),
)
describeClient({
  name: `${name}, MQTT 3.1.1, WebSocket`,
  open: openDeviceSdk({ version: 4, transport: 'websocket', portOf: httpsPort }),
})
describeClient({
  name: `${name}, MQTT 5, WebSocket`,
  open: openDeviceSdk({ version: 5, transport: 'websocket', portOf: httpsPort }),
})
