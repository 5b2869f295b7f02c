import { ListThingPrincipalsCommand, paginateListCertificates, paginateListThings } from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { makeCsr } from '../helpers/certificates.ts'
import {
  ask,
  createClaim,
  createFleetTemplate,
  createTopic,
  csrTopic,
  noRates,
  provisionTopic,
} from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer } from '../helpers/server.ts'

const devices = 500
const askForKeys = 50 // an RSA key takes the server a while, a CSR nothing

it(`provisions ${devices} devices with one claim that ask at once, each once`, async () => {
  await using server = await startTestServer({}, noRates)
  await createFleetTemplate(server)
  const claim = await createClaim(server)

  const onboard = async (number: number) => {
    const client = await connectDevice(server, { ...claim, clientId: `new-${number}` })
    const csr = number < askForKeys ? undefined : makeCsr({ subject: `CN=${number}`, keyType: 'P-256' })
    const issued = csr
      ? await ask(client, csrTopic, { certificateSigningRequest: csr.csrPem })
      : await ask(client, createTopic)
    const { certificateOwnershipToken, certificateId, certificatePem, privateKey } = issued.answer
    const parameters = { SerialNumber: String(number) }
    const made = await ask(client, provisionTopic, { certificateOwnershipToken, parameters })
    expect(made).toMatchObject({ outcome: 'accepted', answer: { thingName: `lamp-${number}` } })
    await client.endAsync()
    const own = { certificatePem: certificatePem!, privateKeyPem: csr?.privateKeyPem ?? privateKey! }
    const device = await connectDevice(server, { ...own, clientId: `lamp-${number}` })
    await device.endAsync()
    return certificateId!
  }
  const certificateIds = await Promise.all(Array.from({ length: devices }, (_, number) => onboard(number)))

  const found: string[] = []
  for await (const page of paginateListCertificates({ client: server.iot, pageSize: 250 }, {}))
    for (const { certificateId, status } of page.certificates!) {
      expect(status).toBe('ACTIVE')
      found.push(certificateId!)
    }
  expect(found.toSorted()).toEqual([claim.certificateId, ...certificateIds].toSorted())
  const things: string[] = []
  for await (const page of paginateListThings({ client: server.iot, pageSize: 250 }, {}))
    things.push(...page.things!.map(({ thingName }) => thingName!))
  expect(things.toSorted()).toEqual(certificateIds.map((_, number) => `lamp-${number}`).toSorted())
  for (const [number, certificateId] of certificateIds.entries()) {
    if (number % 25 > 0) continue
    const { principals } = await server.iot.send(
      new ListThingPrincipalsCommand({ thingName: `lamp-${number}` }),
    )
    expect(principals).toEqual([expect.stringContaining(certificateId)])
  }
})
