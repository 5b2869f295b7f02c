/** A power cut during a storm of new devices and API calls, on a slow disk that loses all that was not synced. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  DescribeCertificateCommand,
  DescribeThingCommand,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { expect, it } from 'vitest'
import { connectDevice, connectOperator } from '../helpers/device.ts'
import { afterPowerCut, canShimDisk, slowDisk, watchedDisk } from '../helpers/disk-shim.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { createFunction, createRole } from '../helpers/jitr.ts'
import { startServerProcess, type TestServer } from '../helpers/server.ts'
import { databaseVariables } from '../helpers/stored.ts'

const devices = 40

const handler = 'exports.handler = async () => "kept"'

/** Things that API calls make one after the other; resolves with the names of those that were made. */
async function makeThings(server: TestServer, prefix: string): Promise<string[]> {
  const made: string[] = []
  for (let index = 0; index < 15; index++) {
    const { thingName } = await server.iot.send(new CreateThingCommand({ thingName: `${prefix}-${index}` }))
    made.push(thingName!)
  }
  return made
}

it.skipIf(!canShimDisk)(
  'has every device, answer, message, key, and function that it acknowledged before a power cut',
  async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'muster-power-cut-'))
    const dataDir = mkdtempSync(join(scratch, 'data-'))
    const kept = join(scratch, 'kept')
    await using server = await startServerProcess(
      { 'data-dir': dataDir },
      { ...slowDisk(5), ...watchedDisk(dataDir, kept) },
    )
    const roleArn = await createProvisioningRole(server)
    const ca = await registerCa(server, {
      registrationConfig: { roleArn, templateBody: provisioningTemplate() },
    })
    const operator = await connectOperator(server)
    const issued = Array.from({ length: devices }, (_, index) =>
      ca.issue({
        subject: [
          ['C', 'NL'],
          ['CN', `lamp-${index}`],
        ],
      }),
    )
    const onboarding = issued.map(async (device, index) => {
      const client = await connectDevice(server, { ...device, clientId: `lamp-${index}` })
      client.on('error', () => {}) // the power cut
    })
    const calls = ['a', 'b', 'c'].map((prefix) => makeThings(server, prefix))
    const functionRole = await createRole(server).catch((e) => {
      throw e
    })
    await createFunction(server, { roleArn: functionRole, files: { 'index.js': handler } })
    await operator.publishAsync('kept', 'retained', { qos: 1, retain: true })
    const { certificateId } = await server.iot.send(new CreateKeysAndCertificateCommand({}))
    await Promise.all(onboarding)
    const thingNames = (await Promise.all(calls)).flat()
    operator.on('error', () => {})
    const last = await server.iot.send(new CreateThingCommand({ thingName: 'last' }))
    await server.kill()

    const left = mkdtempSync(join(scratch, 'left-'))
    afterPowerCut(kept, dataDir, left)
    const { MUSTER_DATABASE: database } = await databaseVariables(dataDir) // which has lost nothing
    await using again = await startServerProcess({
      'data-dir': left,
      ...(database !== undefined && { database }),
    })
    expect(again.rootKey.accessKeyId).toBe(server.rootKey.accessKeyId)
    expect(again.rootCa).toBe(server.rootCa)
    for (const thingName of [...thingNames, last.thingName]) {
      const thing = await again.iot.send(new DescribeThingCommand({ thingName }))
      expect(thing.thingName).toBe(thingName)
    }
    for (const [index, device] of issued.entries()) {
      const { certificateDescription } = await again.iot.send(
        new DescribeCertificateCommand({ certificateId: device.certificateId }),
      )
      expect(certificateDescription!.status).toBe('ACTIVE')
      const thingName = `lamp-${index}`
      const { principals } = await again.iot.send(new ListThingPrincipalsCommand({ thingName }))
      expect(principals).toEqual([certificateDescription!.certificateArn])
    }
    await again.iot.send(new DescribeCertificateCommand({ certificateId }))
    const { Payload } = await again.lambda.send(new InvokeCommand({ FunctionName: 'onboard' }))
    expect(Buffer.from(Payload!).toString()).toBe('"kept"')
    const reader = await connectOperator(again, 'reader')
    const message = new Promise((resolve) =>
      reader.once('message', (_, payload) => resolve(payload.toString())),
    )
    await reader.subscribeAsync('kept')
    expect(await message).toBe('retained')
    await reader.endAsync()
    rmSync(scratch, { recursive: true, force: true })
  },
)
