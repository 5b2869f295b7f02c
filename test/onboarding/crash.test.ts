import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import {
  DescribeCertificateCommand,
  DescribeThingCommand,
  ListAttachedPoliciesCommand,
  ListCertificatesCommand,
  ListPoliciesCommand,
  ListThingPrincipalsCommand,
  paginateListCertificates,
  paginateListThings,
} from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import type { TestCertificate } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'

const devices = 200
const kills = 6
const concurrentDevices = 25

it('loses no acknowledged device and makes none twice when killed at random moments', async () => {
  const dataDir = freshDirectory()
  let server = await startServerProcess({ 'data-dir': dataDir })
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

  let acknowledged = 0
  let attempts = 0
  const onboard = async (device: TestCertificate, name: string) => {
    for (;;) {
      attempts += 1
      const client = await connectDevice(server, { ...device, clientId: name }).catch(() => undefined)
      if (client) {
        acknowledged += 1
        client.on('error', () => {}) // the kill may cut it off; it has been acknowledged
        client.end(true)
        return
      }
      await pause(20)
    }
  }
  const waiting = issued.map((device, index) => () => onboard(device, `lamp-${index}`))
  const lanes = Array.from({ length: concurrentDevices }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next()
  })

  for (let kill = 0; kill < kills; kill += 1) {
    const before = acknowledged
    const moment = randomInt(1, 25)
    while (acknowledged < Math.min(before + moment, devices - 1)) await pause(1)
    await pause(randomInt(0, 20))
    await server.kill()
    server = await startServerProcess({ 'data-dir': dataDir })
  }
  await Promise.all(lanes)

  expect(acknowledged).toBe(devices)
  expect(attempts).toBeGreaterThan(devices) // some were cut off, else nothing was tried
  await expectAllOnboarded(server, issued)
  await server.kill() // and once more: what was acknowledged is on disk
  server = await startServerProcess({ 'data-dir': dataDir })
  await expectAllOnboarded(server, issued)
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

async function expectAllOnboarded(server: ServerProcess, issued: TestCertificate[]) {
  const { iot } = server
  const certificates = new Map<string, string>()
  for await (const page of paginateListCertificates({ client: iot, pageSize: 250 }, {})) {
    for (const { certificateId, status } of page.certificates!) certificates.set(certificateId!, status!)
  }
  expect([...certificates.values()]).toEqual(issued.map(() => 'ACTIVE'))
  let things = 0
  for await (const page of paginateListThings({ client: iot, pageSize: 250 }, {}))
    things += page.things!.length
  expect(things).toBe(issued.length)
  expect((await iot.send(new ListPoliciesCommand({}))).policies).toHaveLength(1)
  expect((await iot.send(new ListCertificatesCommand({ pageSize: 1 }))).certificates).toHaveLength(1)
  for (const [index, { certificateId }] of issued.entries()) {
    const thingName = `lamp-${index}`
    const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }))
    const target = certificateDescription!.certificateArn
    expect((await iot.send(new DescribeThingCommand({ thingName }))).attributes).toEqual({
      version: 'v1',
      country: 'NL',
    })
    expect((await iot.send(new ListThingPrincipalsCommand({ thingName }))).principals).toEqual([target])
    expect((await iot.send(new ListAttachedPoliciesCommand({ target }))).policies).toHaveLength(1)
  }
}
