/** Who gets the answer to a device with a claim. */
import { ListCertificatesCommand } from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, claimStatements, createClaim, createTopic } from '../helpers/claims.ts'
import { connectDevice, connectOperator } from '../helpers/device.ts'
import { storedText } from '../helpers/stored.ts'
import { openClaimScene, type ClaimScene } from './claim-scene.ts'

let scene: ClaimScene
beforeEach(async () => void (scene = await openClaimScene()))
afterEach(() => scene[Symbol.asyncDispose]())

describe('an answer', () => {
  it('comes to the connection that asked alone, and is neither stored nor seen by rules or other clients', async () => {
    const heard: string[] = []
    const others = [
      await connectDevice(scene.server, { ...scene.claim, clientId: 'another' }),
      await connectOperator(scene.server),
    ]
    for (const other of others) {
      other.on('message', (topic) => heard.push(topic))
      await other.subscribeAsync(['$aws/certificates/create/+', '$aws/certificates/create/+/+'])
      await other.subscribeAsync(['$aws/provisioning-templates/lamps/provision/#']).catch(() => {}) // as it may
    }
    await scene.client.endAsync()
    const lasting = { clean: false }
    scene.client = await connectDevice(scene.server, { ...scene.claim, clientId: 'new', mqtt: lasting })
    const { answer } = await ask(scene.client, createTopic)
    expect(await scene.provision(answer.certificateOwnershipToken)).toMatchObject({ outcome: 'accepted' })
    await others[1]!.publishAsync('$aws/things/lamp-7/shadow/get', '', { qos: 1 }) // behind all of it
    expect(heard).toEqual([])
    await Promise.all(others.map((other) => other.endAsync()))
    const secret = answer.privateKey!.split('\n')[3]!
    const stored = await storedText(scene.server.dataDir)
    expect(stored).toContain(answer.certificateId)
    expect(stored.includes(secret)).toBe(false)
    expect(stored.includes(answer.certificateOwnershipToken!)).toBe(false)
  })

  it('is not made for who does not listen', async () => {
    const before = (await scene.server.iot.send(new ListCertificatesCommand({}))).certificates!.length
    await scene.client.publishAsync(`${createTopic}/json`, '{}', { qos: 1 })
    await scene.client.subscribeAsync(`${createTopic}/json/rejected`)
    await scene.client.publishAsync(`${createTopic}/json`, '{}', { qos: 1 })
    expect(await scene.lastRefusal()).toMatchObject({ code: 'claim-unheard' })
    const { certificates } = await scene.server.iot.send(new ListCertificatesCommand({}))
    expect(certificates).toHaveLength(before)
  })

  it('is not made for who may not receive it', async () => {
    const statements = claimStatements().map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter((action) => action !== 'iot:Receive'),
    }))
    await scene.client.endAsync()
    scene.client = await connectDevice(scene.server, {
      ...(await createClaim(scene.server, statements)),
      clientId: 'new',
    })
    await scene.client.subscribeAsync([`${createTopic}/json/accepted`, `${createTopic}/json/rejected`])
    await scene.client.publishAsync(`${createTopic}/json`, '{}', { qos: 1 })
    const { entries } = await scene.server.report('new')
    const codes = entries.map(({ code }) => code)
    expect(codes).toContain('claim-unheard')
    expect(codes).not.toContain('claim-certificate-issued')
  })

  it('comes in no format that there is not', async () => {
    await scene.client.publishAsync(`${createTopic}/xml`, '{}', { qos: 1 })
    expect(await scene.lastRefusal()).toMatchObject({
      code: 'claim-request-refused',
      details: { error: 'the topic must end in json or cbor' },
    })
  })
})
