/** A server with a template of a fleet, and a device that is connected with a claim. */
import { ListThingsCommand } from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import {
  ask,
  createClaim,
  createFleetTemplate,
  createTopic,
  provisionTopic,
  type Claim,
} from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

/** Of one test, which may replace each. */
export class ClaimScene implements AsyncDisposable {
  server: TestServer
  claim: Claim
  client: MqttClient

  constructor(server: TestServer, claim: Claim, client: MqttClient) {
    this.server = server
    this.claim = claim
    this.client = client
  }

  getToken = async () => (await ask(this.client, createTopic)).answer.certificateOwnershipToken!

  provision = (certificateOwnershipToken: unknown, more: object = {}, topic = provisionTopic) =>
    ask(this.client, topic, { certificateOwnershipToken, parameters: { SerialNumber: '7' }, ...more })

  /** With each token a thing of its own; resolves with how many were accepted. */
  provisionAtOnce = async (tokens: readonly string[]): Promise<number> => {
    const answers: string[] = []
    const all = new Promise<void>((resolve) => {
      this.client.on('message', (topic) => {
        answers.push(topic.split('/').at(-1)!)
        if (answers.length === tokens.length) resolve()
      })
    })
    await this.client.subscribeAsync(`${provisionTopic}/json/+`)
    for (const [at, certificateOwnershipToken] of tokens.entries()) {
      const document = { certificateOwnershipToken, parameters: { SerialNumber: String(at) } }
      this.client.publish(`${provisionTopic}/json`, JSON.stringify(document), { qos: 1 })
    }
    await all
    return answers.filter((one) => one === 'accepted').length
  }

  things = async () =>
    (await this.server.iot.send(new ListThingsCommand({}))).things!.map((one) => one.thingName)

  lastRefusal = async (subject = 'new') => {
    const { entries } = await this.server.report(subject)
    return entries.findLast(({ code }) => code !== 'claim-certificate-issued' && code !== 'connected')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true)
    await this.server[Symbol.asyncDispose]()
  }
}

export async function openClaimScene(): Promise<ClaimScene> {
  const server = await startTestServer()
  await createFleetTemplate(server)
  const claim = await createClaim(server)
  return new ClaimScene(server, claim, await connectDevice(server, { ...claim, clientId: 'new' }))
}
