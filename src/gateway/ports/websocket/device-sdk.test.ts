/** The AWS IoT Device SDK v2 for JavaScript, as it comes, over WebSocket with SigV4. */
import { auth, io, iot, mqtt, mqtt5 } from 'aws-iot-device-sdk-v2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allow, trusting, policy } from '../../../access/identities/testing/test-account.ts'
import {
  allowAll,
  startSignedGateway,
  type Keys,
  type SignedGateway,
} from '../testing/test-signed-gateway.ts'
import { serverRoot } from '../testing/test-gateway.ts'
import { failOnErrors } from '../testing/test-websocket-client.ts'

let gateway: SignedGateway
beforeEach(async () => {
  gateway = await startSignedGateway()
  gateway.clock.now = new Date() // the SDK signs with the time of the machine
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  failOnErrors(gateway)
})

const credentialsOf = ({ accessKeyId, secretAccessKey, sessionToken }: Keys) =>
  auth.AwsCredentialsProvider.newStatic(accessKeyId, secretAccessKey, sessionToken)

async function assumeRole(): Promise<Keys> {
  const { account } = gateway
  const AssumeRolePolicyDocument = trusting({ AWS: '000000000000' })
  const { Role } = await account.iam('CreateRole', { RoleName: 'fleet', AssumeRolePolicyDocument })
  await account.iam('PutRolePolicy', {
    RoleName: 'fleet',
    PolicyName: 'own',
    PolicyDocument: policy(allowAll),
  })
  const request = { RoleArn: Role?.Arn, RoleSessionName: 'browser' }
  const { Credentials: found } = await account.sts.AssumeRole(request, account.contextOf(account.root))
  return {
    accessKeyId: found?.AccessKeyId ?? '',
    secretAccessKey: found?.SecretAccessKey ?? '',
    sessionToken: found?.SessionToken ?? '',
  }
}

describe('MQTT 3.1.1', () => {
  async function connect(keys: Keys) {
    const config = iot.AwsIotMqttConnectionConfigBuilder.new_with_websockets({
      region: 'us-east-1',
      credentials_provider: credentialsOf(keys),
    })
      .with_certificate_authority(serverRoot)
      .with_endpoint('localhost')
      .with_port(gateway.httpsPort)
      .with_client_id('sdk-1')
      .with_clean_session(true)
      .build()
    const connection = new mqtt.MqttClient(new io.ClientBootstrap()).new_connection(config)
    connection.on('error', () => {})
    await connection.connect()
    return connection
  }

  it.each([
    ['a user', () => gateway.addUser('ann', allowAll)],
    ['temporary credentials', assumeRole],
  ])('publishes and subscribes with the keys of %s', async (_title, makeKeys) => {
    const connection = await connect(await makeKeys())
    const payload = await new Promise((resolve) => {
      const receive = (_topic: string, bytes: ArrayBuffer) => resolve(Buffer.from(bytes).toString())
      void connection
        .subscribe('a/b', mqtt.QoS.AtLeastOnce, receive)
        .then(() => connection.publish('a/b', 'hello', mqtt.QoS.AtLeastOnce))
    })
    expect(payload).toBe('hello')
    await connection.disconnect()
  })

  it('is refused with a wrong secret', async () => {
    const keys = await gateway.addUser('ann', allowAll)
    await expect(connect({ ...keys, secretAccessKey: 'wrong' })).rejects.toThrow('WEBSOCKET_UPGRADE_FAILURE')
    await gateway.recorded('signature-refused')
  })

  it('is refused when no policy lets it connect', async () => {
    await expect(connect(await gateway.addUser('ann', allow('iot:Publish')))).rejects.toThrow('SOCKET_CLOSED')
    await gateway.recorded('connect-denied')
  })
})

describe('MQTT 5', () => {
  function start(keys: Keys) {
    const config = iot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithSigv4Auth('localhost', {
      region: 'us-east-1',
      credentialsProvider: credentialsOf(keys),
    })
      .withCertificateAuthority(serverRoot)
      .withPort(gateway.port)
      .withConnectProperties({ clientId: 'sdk-5', keepAliveIntervalSeconds: 60 })
      .build()
    const client = new mqtt5.Mqtt5Client(config)
    client.on('error', () => {})
    const connected = new Promise((resolve, reject) => {
      client.once('connectionSuccess', resolve)
      client.once('connectionFailure', ({ error }) => reject(error))
    })
    const stopped = new Promise((resolve) => client.once('stopped', resolve))
    client.start()
    async function stop() {
      client.stop()
      await stopped
      client.close()
    }
    return { client, connected, stop }
  }

  it('publishes and subscribes', async () => {
    const { client, connected, stop } = start(await gateway.addUser('ann', allowAll))
    await connected
    const received = new Promise((resolve) =>
      client.once('messageReceived', ({ message }) =>
        resolve(Buffer.from(message.payload as ArrayBuffer).toString()),
      ),
    )
    await client.subscribe({ subscriptions: [{ topicFilter: 'a/+', qos: mqtt5.QoS.AtLeastOnce }] })
    await client.publish({ topicName: 'a/b', qos: mqtt5.QoS.AtLeastOnce, payload: 'hello' })
    expect(await received).toBe('hello')
    await stop()
  })

  it('is refused with a key that is not there', async () => {
    const { connected, stop } = start({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' })
    await expect(connected).rejects.toThrow('WEBSOCKET_UPGRADE_FAILURE')
    await stop()
    await gateway.recorded('signature-refused')
  })
})
