import {
  ListCertificatesCommand,
  ListThingPrincipalsCommand,
  ListThingsCommand,
  paginateListCertificates,
  paginateListThings,
} from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { startTestServer } from '../helpers/server.ts'

const devices = 500

it(`provisions ${devices} brand-new devices that connect at once, each once`, async () => {
  await using server = await startTestServer()
  const roleArn = await createProvisioningRole(server)
  const ca = await registerCa(server, {
    registrationConfig: { roleArn, templateBody: provisioningTemplate() },
  })
  const issued = Array.from({ length: devices }, (_, index) =>
    ca.issue({
      subject: [
        ['C', 'NL'],
        ['CN', `lamp-${index}`],
      ],
    }),
  )

  const clients = await Promise.all(
    issued.map((device, index) => connectDevice(server, { ...device, clientId: `lamp-${index}` })),
  )
  await Promise.all(clients.map((client) => client.endAsync()))

  const statuses: string[] = []
  for await (const page of paginateListCertificates({ client: server.iot, pageSize: 250 }, {})) {
    statuses.push(...page.certificates!.map(({ status }) => status!))
  }
  expect(statuses).toEqual(issued.map(() => 'ACTIVE'))
  const things: string[] = []
  for await (const page of paginateListThings({ client: server.iot, pageSize: 250 }, {})) {
    things.push(...page.things!.map(({ thingName }) => thingName!))
  }
  expect(things.toSorted()).toEqual(issued.map((_, index) => `lamp-${index}`).toSorted())
  for (const thingName of things.filter((_, index) => index % 50 === 0)) {
    const { principals } = await server.iot.send(new ListThingPrincipalsCommand({ thingName }))
    expect(principals).toHaveLength(1)
  }
  expect((await server.iot.send(new ListThingsCommand({ maxResults: 1 }))).things).toHaveLength(1)
  expect((await server.iot.send(new ListCertificatesCommand({ pageSize: 1 }))).certificates).toHaveLength(1)
})
