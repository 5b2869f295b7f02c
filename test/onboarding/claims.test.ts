import {
  DescribeCertificateCommand,
  DescribeThingCommand,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, expect, it } from 'vitest'
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

let server: TestServer
let claim: Claim
beforeEach(async () => {
  server = await startTestServer()
  await createFleetTemplate(server)
  claim = await createClaim(server)
})
afterEach(() => server[Symbol.asyncDispose]())

it.each([
  [4, 'json'],
  [4, 'cbor'],
  [5, 'json'],
  [5, 'cbor'],
] as const)(
  'a device with a claim gets keys, a thing, and a way in: MQTT %i, %s',
  async (protocolVersion, format) => {
    const client = await connectDevice(server, { ...claim, clientId: 'new', protocolVersion })
    const issued = await ask(client, createTopic, {}, format)
    expect(issued.outcome).toBe('accepted')
    const { certificateId, certificatePem, privateKey, certificateOwnershipToken } = issued.answer
    const parameters = { SerialNumber: '7' }
    const made = await ask(client, provisionTopic, { certificateOwnershipToken, parameters }, format)
    expect(made).toEqual({
      outcome: 'accepted',
      answer: {
        deviceConfiguration: { FallbackUrl: 'https://www.example.com/lamps' },
        thingName: 'lamp-7',
      },
    })
    await client.endAsync()
    const identity = { certificatePem: certificatePem!, privateKeyPem: privateKey! }
    const device = await connectDevice(server, { ...identity, clientId: 'lamp-7', protocolVersion })
    await device.endAsync()
    const { certificateDescription } = await server.iot.send(
      new DescribeCertificateCommand({ certificateId }),
    )
    expect(certificateDescription?.status).toBe('ACTIVE')
    const thing = await server.iot.send(new DescribeThingCommand({ thingName: 'lamp-7' }))
    expect(thing.attributes).toEqual({ room: 'cellar' })
    const { principals } = await server.iot.send(new ListThingPrincipalsCommand({ thingName: 'lamp-7' }))
    expect(principals).toEqual([certificateDescription?.certificateArn])
  },
)
