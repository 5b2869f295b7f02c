/** Accounts beside the first: made and closed at one node, served and ended at another. */
import {
  AcceptCertificateTransferCommand,
  AttachPolicyCommand,
  DescribeThingCommand,
  DetachPolicyCommand,
  ListThingsCommand,
  TransferCertificateCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { expect, it } from 'vitest'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { makeIdentity, type Identity } from '../accounts/treasure.ts'
import { Visitor } from '../console/visitor.ts'
import { accountAt, openAccount, type AccountView } from '../helpers/accounts.ts'
import { closed, connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import type { TestServer } from '../helpers/server.ts'

const connect = (account: AccountView, identity: Identity, clientId: string): Promise<MqttClient> =>
  connectDevice(account as TestServer, { ...identity, clientId })

/** What the account's own services answer: they listen by account. */
async function askShadow(client: MqttClient): Promise<string> {
  const answer = new Promise<string>((done) => client.once('message', (topic) => done(topic)))
  await client.subscribeAsync('$aws/things/nobody/shadow/get/+', { qos: 1 })
  await client.publishAsync('$aws/things/nobody/shadow/get', '', { qos: 1 })
  return answer
}

export function describeAccounts(nodes: () => { a: TestServer; b: TestServer }): void {
  it('serve an account that was made at the other: its keys, devices, CAs, and services', async () => {
    const { a, b } = nodes()
    const atA = await openAccount(a, 'made')
    const atB = accountAt(b, atA)
    expect(await atB.iot.send(new ListThingsCommand({}))).toMatchObject({ things: [] })
    const identity = await makeIdentity(atA, 'own')
    const hears = await connect(atB, identity, 'hears')
    expect(await askShadow(hears)).toBe('$aws/things/nobody/shadow/get/rejected')
    const texts: string[] = []
    hears.on('message', (topic, payload) => texts.push(`${topic} ${payload.toString()}`))
    await hears.subscribeAsync('own/+', { qos: 1 })
    const says = await connect(atA, identity, 'says')
    await says.publishAsync('own/word', 'hello', { qos: 1 })
    await expect.poll(() => texts).toEqual(['own/word hello'])
    const roleArn = await createProvisioningRole(atA as TestServer)
    const ca = await registerCa(atA as TestServer, {
      registrationConfig: { roleArn, templateBody: provisioningTemplate() },
    })
    const subject: [string, string][] = [
      ['C', 'NL'],
      ['CN', 'comes'],
    ]
    const comes = await connectDevice(atB as TestServer, { ...ca.issue({ subject }), clientId: 'comes' })
    await atA.iot.send(new DescribeThingCommand({ thingName: 'comes' }))
    await expect(a.iot.send(new DescribeThingCommand({ thingName: 'comes' }))).rejects.toThrow('comes')
    await Promise.all([hears, says, comes].map((client) => client.endAsync()))
  })

  it('let a device into the account that its certificate was transferred to, whichever node did what, and into no other', async () => {
    const { a, b } = nodes()
    const giver = await openAccount(a, 'giver')
    const receiver = accountAt(b, await openAccount(a, 'receiver'))
    const identity = await makeIdentity(giver, 'own')
    const { certificateId, certificateArn: target } = identity
    const device = await connect(accountAt(b, giver), identity, 'device')
    const isClosed = closed(device)
    await giver.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
    await isClosed
    await giver.iot.send(new DetachPolicyCommand({ policyName: 'own', target }))
    const targetAwsAccount = receiver.endpoints.accountId
    await giver.iot.send(new TransferCertificateCommand({ certificateId, targetAwsAccount }))
    for (const account of [giver, accountAt(b, giver), receiver, accountAt(a, receiver)])
      await expect(connect(account, identity, 'device')).rejects.toThrow('closed')
    await receiver.iot.send(new AcceptCertificateTransferCommand({ certificateId, setAsActive: true }))
    await makeIdentity(receiver, 'own')
    const received = target.replace(giver.endpoints.accountId, targetAwsAccount)
    await receiver.iot.send(new AttachPolicyCommand({ policyName: 'own', target: received }))
    for (const account of [receiver, accountAt(a, receiver)])
      await (await connect(account, identity, 'device')).endAsync()
    for (const account of [giver, accountAt(b, giver)])
      await expect(connect(account, identity, 'device')).rejects.toThrow('closed')
  })

  it('end an account that is closed at the other, before that is answered: devices, keys, and the console', async () => {
    const { a, b } = nodes()
    const atA = await openAccount(a, 'ended')
    const atB = accountAt(b, atA)
    const identity = await makeIdentity(atB, 'own')
    const device = await connect(atB, identity, 'device')
    const visitor = new Visitor(b.endpoints.apiUrl)
    expect((await visitor.signIn(atB.rootKey)).status).toBe(200)
    const { accountId } = atA.endpoints
    const isClosed = closed(device)
    const path = `/muster/v1/accounts/close?accountId=${accountId}`
    await signedRequest(targetOf(a), { service: 'muster', method: 'POST', path })
    await expect(atB.iot.send(new ListThingsCommand({}))).rejects.toMatchObject({
      name: /UnrecognizedClient|InvalidClientTokenId/,
    })
    expect((await visitor.call({ path: '/console/session' })).status).toBe(403)
    await expect(connect(atB, identity, 'device')).rejects.toThrow(/closed|alt/i)
    await expect(connectDevice(b, { ...identity, clientId: 'device' })).rejects.toThrow('closed')
    await isClosed
  })
}
