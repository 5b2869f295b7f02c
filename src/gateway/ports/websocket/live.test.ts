import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MqttClient } from 'mqtt'
import { allow, deny, policy, trusting } from '../../../access/identities/testing/test-account.ts'
import {
  allowAll,
  startSignedGateway,
  type Keys,
  type SignedGateway,
} from '../testing/test-signed-gateway.ts'
import { connectOver, failOnErrors } from '../testing/test-websocket-client.ts'

let gateway: SignedGateway
beforeEach(async () => {
  gateway = await startSignedGateway()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  failOnErrors(gateway)
})

const closedOf = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', resolve))

async function connect(keys: Keys, clientId = 'browser-1'): Promise<MqttClient> {
  const url = await gateway.sign(keys)
  return await connectOver(url, { clientId, protocolVersion: 5 })
}

const reasonOf = (client: MqttClient) =>
  new Promise((resolve) => client.once('disconnect', ({ reasonCode }) => resolve(reasonCode)))

describe('a live connection ends before the change is answered', () => {
  type Iam = SignedGateway['account']['iam']
  it.each<[string, (iam: Iam, AccessKeyId: string) => Promise<unknown>]>([
    [
      'its key is deactivated',
      (iam, AccessKeyId) => iam('UpdateAccessKey', { UserName: 'ann', AccessKeyId, Status: 'Inactive' }),
    ],
    ['its key is deleted', (iam, AccessKeyId) => iam('DeleteAccessKey', { UserName: 'ann', AccessKeyId })],
    ['its policy is deleted', (iam) => iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'own' })],
    [
      'a policy denies it',
      (iam) =>
        iam('PutUserPolicy', {
          UserName: 'ann',
          PolicyName: 'no',
          PolicyDocument: policy(deny('iot:Connect')),
        }),
    ],
    [
      'a boundary leaves it out',
      async (iam) => {
        const { Policy } = await iam('CreatePolicy', {
          PolicyName: 'b',
          PolicyDocument: policy(allow('s3:*')),
        })
        const PermissionsBoundary = Policy?.Arn ?? ''
        await iam('PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary })
      },
    ],
  ])('when %s', async (_title, change) => {
    const keys = await gateway.addUser('ann', allowAll)
    const other = await connect(await gateway.addUser('bob', allowAll), 'other')
    const client = await connect(keys)
    const reason = reasonOf(client)
    const closed = closedOf(client)
    await change(gateway.account.iam, keys.accessKeyId)
    expect(gateway.codes()).toContain('connect-no-longer-allowed')
    expect(gateway.gateway.stats().clients).toBe(1)
    expect(await reason).toBe(0x87)
    await closed
    await other.publishAsync('a', 'still here', { qos: 1 })
    await other.endAsync()
  })

  it('when its role loses the right', async () => {
    const { account } = gateway
    const AssumeRolePolicyDocument = trusting({ AWS: '000000000000' })
    const { Role } = await account.iam('CreateRole', { RoleName: 'fleet', AssumeRolePolicyDocument })
    const own = { RoleName: 'fleet', PolicyName: 'own' }
    await account.iam('PutRolePolicy', { ...own, PolicyDocument: policy(allowAll) })
    const request = { RoleArn: Role?.Arn, RoleSessionName: 'browser' }
    const { Credentials: found } = await account.sts.AssumeRole(request, account.contextOf(account.root))
    const client = await connect({
      accessKeyId: found?.AccessKeyId ?? '',
      secretAccessKey: found?.SecretAccessKey ?? '',
      sessionToken: found?.SessionToken ?? '',
    })
    const closed = closedOf(client)
    await account.iam('DeleteRolePolicy', own)
    expect(gateway.gateway.stats().clients).toBe(0)
    await closed
  })
})

it('takes in a policy that grants less, and goes on', async () => {
  const keys = await gateway.addUser('ann', allowAll)
  const client = await connect(keys)
  await client.subscribeAsync(['a', 'b'])
  await client.publishAsync('a', 'x', { qos: 1 })
  await gateway.grant('ann', allow('iot:Connect'), allow('iot:Subscribe', 'arn:aws:iot:*:*:topicfilter/b'))
  const { details } = await gateway.recorded('subscription-no-longer-allowed')
  expect(details).toMatchObject({ action: 'iot:Subscribe', identity: expect.stringMatching(/user\/ann$/) })
  await expect(client.publishAsync('a', 'x', { qos: 1 })).rejects.toThrow('Not authorized')
  await gateway.grant('ann', allowAll)
  await client.publishAsync('a', 'x', { qos: 1 })
  await client.endAsync()
})

it('ends with the temporary credentials that opened it', async () => {
  const { identities } = gateway.account
  const keys = await gateway.addUser('ann', allowAll)
  const { findCredential } = identities
  const expiresAt = new Date(gateway.clock.now.getTime() + 100)
  identities.findCredential = async (id) => {
    const found = await findCredential(id)
    return found && { ...found, expiresAt }
  }
  const client = await connect(keys)
  expect(await reasonOf(client)).toBe(0x98)
  const { clientId, details } = await gateway.recorded('websocket-expired')
  expect(clientId).toBe('browser-1')
  expect(details).toMatchObject({ error: 'the credentials expired' })
})

it('ends after the longest time for a WebSocket', async () => {
  await using brief = await startSignedGateway({ limits: { maxWebSocketSeconds: 0.1 } })
  const keys = await brief.addUser('ann', allowAll)
  const events: string[] = []
  brief.fabric.subscribe('000000000000', '$aws/events/presence/#', ({ payload }) => {
    events.push((JSON.parse(String(payload)) as { disconnectReason: string }).disconnectReason)
  })
  const url = await brief.sign(keys)
  const client = await connectOver(url)
  await closedOf(client)
  const { details } = await brief.recorded('websocket-expired')
  expect(details).toMatchObject({ error: 'it was open for 0.1 seconds' })
  expect(events).toEqual([undefined, 'WEBSOCKET_TTL_EXPIRATION'])
})
