/**
 * A certificate that goes from one account of a server to another, as "Transfer a certificate to another account" (AWS IoT
 * Developer Guide) does it with the command line of AWS, and its device.
 */
import * as Iot from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderReport } from '../../src/observability/journal/index.ts'
import { openAccount, type AccountView } from '../helpers/accounts.ts'
import { closed, connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { lacks } from '../helpers/programs.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { openShell, type Shell } from '../helpers/shell.ts'
import { makeIdentity, type Identity } from './treasure.ts'

let server: TestServer
let giver: AccountView
let receiver: AccountView
beforeAll(async () => {
  server = await startTestServer()
  giver = await openAccount(server, 'giver')
  receiver = await openAccount(server, 'receiver')
})
afterAll(() => server[Symbol.asyncDispose]())

const connect = (account: Pick<AccountView, 'endpoints'>, identity: Identity) =>
  connectDevice(server, {
    ...identity,
    clientId: 'lamp',
    mqtt: { servername: account.endpoints.endpoint },
  })

/** Hears what is published in the account. */
async function listenIn(account: AccountView, name: string) {
  const heard: string[] = []
  const identity = await makeIdentity(account, name)
  const client = await connectDevice(server, {
    ...identity,
    clientId: name,
    mqtt: { servername: account.endpoints.endpoint },
  })
  client.on('message', (topic, payload) => void heard.push(`${topic} ${payload.toString()}`))
  await client.subscribeAsync('lamp/#', { qos: 1 })
  return { heard, client }
}

const codesOf = async (account: AccountView, subject: string) =>
  (await account.report(subject)).entries.map(({ code }) => code)

describe.skipIf(lacks('aws'))('by the command line of AWS', () => {
  let shells: { giver: Shell; receiver: Shell }
  let identity: Identity
  let device: MqttClient
  let id: string
  let arn: string

  const shellOf = ({ endpoints, rootKey }: AccountView) =>
    openShell({
      AWS_ENDPOINT_URL: endpoints.apiUrl,
      AWS_REGION: endpoints.region,
      AWS_DEFAULT_REGION: endpoints.region,
      AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    })
  const gives = (command: string) => shells.giver.expect(`aws iot ${command}`)
  const receives = (command: string) => shells.receiver.expect(`aws iot ${command}`)
  /** What the command says when it fails. */
  async function refused(shell: Shell, command: string): Promise<string> {
    const { output, code } = await shell.run(`aws iot ${command}`)
    return code === 0 ? `not refused: ${output}` : output
  }
  const transfer = () =>
    `transfer-certificate --certificate-id ${id} --target-aws-account ${receiver.endpoints.accountId}`

  beforeAll(async () => {
    shells = { giver: shellOf(giver), receiver: shellOf(receiver) }
    identity = await makeIdentity(giver, 'lamps')
    ;({ certificateId: id, certificateArn: arn } = identity)
    await giver.iot.send(new Iot.CreateThingCommand({ thingName: 'lamp' }))
    await giver.iot.send(new Iot.AttachThingPrincipalCommand({ thingName: 'lamp', principal: arn }))
    device = await connect(giver, identity)
  })
  afterAll(() => {
    for (const shell of Object.values(shells)) shell[Symbol.dispose]()
  })

  it('does not begin while the certificate is ACTIVE, or anything is attached to it', async () => {
    expect(await refused(shells.giver, transfer())).toContain('CertificateStateException')
    const isClosed = closed(device)
    await gives(`update-certificate --certificate-id ${id} --new-status INACTIVE`)
    await isClosed
    expect(await refused(shells.giver, transfer())).toContain('TransferConflictException')
    await gives(`detach-policy --policy-name lamps --target ${arn}`)
    expect(await refused(shells.giver, transfer())).toContain('TransferConflictException')
    await gives(`detach-thing-principal --thing-name lamp --principal ${arn}`)
  })

  it('begins, and keeps the device out meanwhile', async () => {
    const answer = await gives(`${transfer()} --transfer-message "for the new site"`)
    const receiverArn = arn.replace(giver.endpoints.accountId, receiver.endpoints.accountId)
    expect(JSON.parse(answer)).toEqual({ transferredCertificateArn: receiverArn })
    const outgoing = JSON.parse(await gives('list-outgoing-certificates')) as object
    expect(outgoing).toMatchObject({
      outgoingCertificates: [
        { certificateId: id, certificateArn: receiverArn, transferredTo: receiver.endpoints.accountId },
      ],
    })
    for (const account of [giver, server]) await expect(connect(account, identity)).rejects.toThrow('closed')
    expect(await codesOf(giver, id)).toContain('certificate-pending-transfer')
    expect(await refused(shells.giver, `attach-policy --policy-name lamps --target ${arn}`)).toContain(
      'InvalidRequestException',
    )
    expect(
      await refused(shells.giver, `attach-thing-principal --thing-name lamp --principal ${arn}`),
    ).toContain('InvalidRequestException')
    expect(
      await refused(shells.receiver, `update-certificate --certificate-id ${id} --new-status ACTIVE`),
    ).toContain('CertificateStateException')
  })

  it('is explained to both', async () => {
    const { accountId: from } = giver.endpoints
    const { accountId: to } = receiver.endpoints
    expect(renderReport(await giver.report(id))).toContain(
      `PENDING_TRANSFER: waits for account ${to} to accept or reject it`,
    )
    const told = renderReport(await receiver.report(id))
    expect(told).toContain(`PENDING_TRANSFER: account ${from} gives it to this one`)
    expect(told).toContain('certificate-transfer-started')
    expect(told).toContain('message: for the new site')
  })

  it('is accepted by the other account, with the certificate ACTIVE when asked', async () => {
    const listed = JSON.parse(await receives('list-certificates')) as Iot.ListCertificatesResponse
    expect(listed.certificates).toMatchObject([{ certificateId: id, status: 'PENDING_TRANSFER' }])
    await receives(`accept-certificate-transfer --certificate-id ${id} --set-as-active`)
    const described = JSON.parse(await receives(`describe-certificate --certificate-id ${id}`)) as object
    expect(described).toMatchObject({
      certificateDescription: {
        certificateId: id,
        status: 'ACTIVE',
        ownedBy: receiver.endpoints.accountId,
        previousOwnedBy: giver.endpoints.accountId,
        transferData: { transferMessage: 'for the new site', acceptDate: expect.anything() as unknown },
      },
    })
    expect(await refused(shells.receiver, `accept-certificate-transfer --certificate-id ${id}`)).toContain(
      'TransferAlreadyCompleted',
    )
    expect(await refused(shells.giver, `cancel-certificate-transfer --certificate-id ${id}`)).toContain(
      'TransferAlreadyCompleted',
    )
    expect(await refused(shells.giver, `describe-certificate --certificate-id ${id}`)).toContain(
      'ResourceNotFoundException',
    )
  })

  it('brings the device into the other account alone, with the rights that it has there', async () => {
    const before = await listenIn(giver, 'before')
    const after = await listenIn(receiver, 'after')
    await expect(connect(receiver, identity)).rejects.toThrow(/closed|Not authorized/)
    expect(await codesOf(receiver, id)).toContain('connect-denied')
    const receiverArn = arn.replace(giver.endpoints.accountId, receiver.endpoints.accountId)
    await receives(`attach-policy --policy-name after --target ${receiverArn}`)
    await receives('create-thing --thing-name new-lamp')
    await receives(`attach-thing-principal --thing-name new-lamp --principal ${receiverArn}`)
    await expect(connect(giver, identity)).rejects.toThrow('closed')
    for (const account of [receiver, server]) {
      const lamp = await connect(account, identity)
      await lamp.publishAsync('lamp/light', account.endpoints.endpoint, { qos: 1 })
      await lamp.endAsync()
    }
    const expected = [receiver, server].map(({ endpoints }) => `lamp/light ${endpoints.endpoint}`)
    await expect.poll(() => after.heard).toEqual(expected)
    await before.client.publishAsync('lamp/own', 'hello', { qos: 1 })
    await expect.poll(() => before.heard).toEqual(['lamp/own hello'])
    for (const { client } of [before, after]) await client.endAsync()
  })

  it('is in the record of calls of whoever made them', async () => {
    const eventsOf = async (shell: Shell) => {
      const attribute = `AttributeKey=ResourceName,AttributeValue=${id}`
      const text = await shell.expect(`aws cloudtrail lookup-events --lookup-attributes ${attribute}`)
      const { Events } = JSON.parse(text) as { Events: { EventName: string }[] }
      return Events.map(({ EventName }) => EventName)
    }
    const given = await eventsOf(shells.giver)
    const received = await eventsOf(shells.receiver)
    expect(given).toEqual(expect.arrayContaining(['TransferCertificate', 'CancelCertificateTransfer']))
    expect(received).toContain('AcceptCertificateTransfer')
    expect(given).not.toContain('AcceptCertificateTransfer')
    expect(received).not.toContain('TransferCertificate')
  })
})

describe('of a device that its CA let in', () => {
  it('is not undone by the CA: the device comes into the other account, and no more into the first', async () => {
    const roleArn = await createProvisioningRole(giver as TestServer)
    const registrationConfig = { templateBody: provisioningTemplate(), roleArn }
    const ca = await registerCa(giver as TestServer, { registrationConfig }, { subject: 'CN=Giver CA' })
    const leaf = ca.issue({ subject: 'C=FI, CN=lamp-7' })
    const { certificateId } = leaf
    const identity: Identity = { ...leaf, certificateArn: '' }
    await (await connect(giver, identity)).endAsync()
    const { iot } = giver
    const { certificateDescription } = await iot.send(new Iot.DescribeCertificateCommand({ certificateId }))
    const target = certificateDescription?.certificateArn ?? ''
    await iot.send(new Iot.UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
    await iot.send(new Iot.DetachThingPrincipalCommand({ thingName: 'lamp-7', principal: target }))
    const { policies = [] } = await iot.send(new Iot.ListAttachedPoliciesCommand({ target }))
    for (const { policyName } of policies) await iot.send(new Iot.DetachPolicyCommand({ policyName, target }))
    const targetAwsAccount = receiver.endpoints.accountId
    await iot.send(new Iot.TransferCertificateCommand({ certificateId, targetAwsAccount }))
    const [own] = (await giver.report(certificateId)).certificates
    const [offered] = (await receiver.report(certificateId)).certificates
    expect([own?.caCertificateId, offered?.status]).toEqual([ca.certificateId, 'PENDING_TRANSFER'])
    expect(offered).not.toHaveProperty('caCertificateId')
    await receiver.iot.send(new Iot.AcceptCertificateTransferCommand({ certificateId, setAsActive: true }))
    await makeIdentity(receiver, 'lamps')
    await receiver.iot.send(
      new Iot.AttachPolicyCommand({
        policyName: 'lamps',
        target: target.replace(giver.endpoints.accountId, targetAwsAccount),
      }),
    )
    await expect(connect(giver, identity)).rejects.toThrow('closed')
    expect(await codesOf(giver, certificateId)).toContain('certificate-given-away')
    for (const account of [receiver, server]) await (await connect(account, identity)).endAsync()
    await expect(iot.send(new Iot.DescribeCertificateCommand({ certificateId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })
})
