/** Drives the AWS IoT Device SDK v2 by lines of JSON: orders on standard input, reports on standard output. */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { auth, io, iot, mqtt, mqtt5 } from 'aws-iot-device-sdk-v2'

/** As the SDK takes it, but for the password. */
interface CustomAuth {
  authorizerName: string
  username: string
  password: string
  tokenKeyName?: string
  tokenValue?: string
  tokenSignature?: string
}

export interface DeviceOrder {
  id: number
  order: 'open'
  version: 4 | 5
  /** `mtls` with ALPN, as the SDK does by itself. */
  transport: 'mtls' | 'websocket'
  /** Come by a custom authorizer, in place of a certificate or a signature. */
  customAuth?: CustomAuth
  host: string
  port: number
  rootCa: string
  certificatePem: string
  privateKeyPem: string
  clientId: string
  isPersistent: boolean
  will?: { topic: string; payload: string }
  region: string
  /** Sign the WebSocket. */
  credentials: { accessKeyId: string; secretAccessKey: string }
}

interface Publication {
  topic: string
  payload: string
  qos: 0 | 1
  retain: boolean
}

interface Connection {
  subscribe: (filter: string) => Promise<void>
  publish: (publication: Publication) => Promise<void>
  end: () => Promise<void>
}

console.log = console.warn // the SDK's remarks: standard output is for reports

const write = (report: object) => process.stdout.write(`${JSON.stringify(report)}\n`)
const hear = (topic: string, payload: ArrayBuffer | undefined, retain: boolean) =>
  write({ message: { topic, payload: Buffer.from(payload ?? new ArrayBuffer()).toString(), retain } })

function credentialsOf({ credentials: { accessKeyId, secretAccessKey } }: DeviceOrder) {
  return auth.AwsCredentialsProvider.newStatic(accessKeyId, secretAccessKey)
}

function builder5(order: DeviceOrder) {
  const { host, customAuth, transport } = order
  const builders = iot.AwsIotMqtt5ClientConfigBuilder
  if (customAuth) {
    const config = { ...customAuth, password: Buffer.from(customAuth.password) }
    if (transport === 'mtls') return builders.newDirectMqttBuilderWithCustomAuth(host, config)
    return builders.newWebsocketMqttBuilderWithCustomAuth(host, config)
  }
  return transport === 'mtls'
    ? builders.newDirectMqttBuilderWithMtlsFromMemory(host, order.certificatePem, order.privateKeyPem)
    : builders.newWebsocketMqttBuilderWithSigv4Auth(host, {
        region: order.region,
        credentialsProvider: credentialsOf(order),
      })
}

async function open5(order: DeviceOrder): Promise<Connection> {
  const { port, rootCa, clientId, isPersistent, will } = order
  const builder = builder5(order)
  builder.withPort(port).withCertificateAuthority(rootCa)
  builder.withSessionBehavior(
    isPersistent ? mqtt5.ClientSessionBehavior.RejoinAlways : mqtt5.ClientSessionBehavior.Clean,
  )
  builder.withConnectProperties({
    clientId,
    keepAliveIntervalSeconds: 60,
    ...(isPersistent && { sessionExpiryIntervalSeconds: 3600 }),
    ...(will && { will: { topicName: will.topic, payload: will.payload, qos: 1 as mqtt5.QoS } }),
  })
  const client = new mqtt5.Mqtt5Client(builder.build())
  client.on('error', () => {})
  client.on('messageReceived', ({ message }) =>
    hear(message.topicName, message.payload as ArrayBuffer | undefined, message.retain ?? false),
  )
  const connected = new Promise<void>((resolve, reject) => {
    client.on('connectionSuccess', () => resolve())
    client.on('connectionFailure', ({ error }) => reject(error))
  })
  client.start()
  await connected
  return {
    async subscribe(topicFilter) {
      const { reasonCodes } = await client.subscribe({
        subscriptions: [{ topicFilter, qos: 1 as mqtt5.QoS }],
      })
      if (reasonCodes.some((code) => code >= 0x80)) throw new Error(`SUBACK ${reasonCodes.join()}`)
    },
    async publish({ topic, payload, qos, retain }) {
      await client.publish({ topicName: topic, payload, qos: qos as mqtt5.QoS, retain })
    },
    async end() {
      const stopped = new Promise((resolve) => client.once('stopped', resolve))
      client.stop({ reasonCode: 0 as mqtt5.DisconnectReasonCode })
      await stopped
      client.close()
    },
  }
}

function builder4(order: DeviceOrder) {
  const { customAuth, transport } = order
  const { accessKeyId, secretAccessKey } = order.credentials
  const builders = iot.AwsIotMqttConnectionConfigBuilder
  if (customAuth) {
    const { username, authorizerName, tokenSignature, password, tokenKeyName, tokenValue } = customAuth
    const builder =
      transport === 'mtls' ? builders.new_default_builder() : builders.new_builder_for_websocket()
    return builder.with_custom_authorizer(
      username,
      authorizerName,
      tokenSignature ?? '',
      password,
      tokenKeyName,
      tokenValue,
    )
  }
  return transport === 'mtls'
    ? builders.new_mtls_builder(order.certificatePem, order.privateKeyPem)
    : builders.new_with_websockets().with_credentials(order.region, accessKeyId, secretAccessKey)
}

async function open4(order: DeviceOrder): Promise<Connection> {
  const { host, port, rootCa, clientId, isPersistent, will } = order
  const builder = builder4(order)
  builder.with_endpoint(host).with_port(port).with_certificate_authority(rootCa).with_client_id(clientId)
  builder.with_clean_session(!isPersistent)
  if (will) builder.with_will(new mqtt.MqttWill(will.topic, mqtt.QoS.AtLeastOnce, will.payload, false))
  const connection = new mqtt.MqttClient(new io.ClientBootstrap()).new_connection(builder.build())
  connection.on('error', () => {})
  connection.on('message', (topic, payload, _isDuplicate, _qos, retain) => hear(topic, payload, retain))
  await connection.connect()
  return {
    async subscribe(filter) {
      const { error_code: code, qos } = await connection.subscribe(filter, mqtt.QoS.AtLeastOnce)
      if (code || (qos as number) >= 0x80) throw new Error(`SUBACK ${qos}`)
    },
    async publish({ topic, payload, qos, retain }) {
      await connection.publish(topic, payload, qos as mqtt.QoS, retain)
    },
    end: () => connection.disconnect(),
  }
}

type Order =
  | DeviceOrder
  | { id: number; order: 'subscribe'; filter: string }
  | ({ id: number; order: 'publish' } & Publication)
  | { id: number; order: 'end' }

let connection: Connection | undefined

async function carryOut(order: Order): Promise<void> {
  if (order.order === 'open') connection = await (order.version === 4 ? open4(order) : open5(order))
  else if (order.order === 'subscribe') await connection?.subscribe(order.filter)
  else if (order.order === 'publish') await connection?.publish(order)
  else await connection?.end()
}

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const order = JSON.parse(line) as Order
  carryOut(order).then(
    () => write({ id: order.id }),
    (error: unknown) => write({ id: order.id, error: String(error) }),
  )
})
await once(lines, 'close')
