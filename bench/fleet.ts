/** Devices for measurements, and the account that knows them: real certificates, real IoT policies. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IoTClient } from '@aws-sdk/client-iot'
import { makeKey, type TestCa } from '../test/helpers/certificates.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../test/helpers/jitp.ts'
import { clientsOf, type Account } from './clients.ts'
import type { BenchDevice } from './raw-client.ts'

/** A device connects as the thing it is, and talks below `bench/`. */
const statements = [
  {
    Effect: 'Allow',
    Action: 'iot:Connect',
    Resource: 'arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}',
  },
  { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: 'arn:aws:iot:*:*:topic/bench/*' },
  {
    Effect: 'Allow',
    Action: 'iot:Subscribe',
    Resource: ['arn:aws:iot:*:*:topicfilter/bench/*', 'arn:aws:iot:*:*:topicfilter/$share/crew/bench/*'],
  },
]

export interface FleetDevice extends BenchDevice {
  certificateId: string
}

export interface BenchFleet {
  ca: TestCa
  devices: FleetDevice[]
  /** JSON list of the devices. */
  devicesFile: string
  /** One more. */
  makeDevice: (clientId: string) => FleetDevice
  iot: IoTClient
}

/** A registered CA whose devices are provisioned when they first connect, and so many devices of it. */
export async function makeFleet(account: Account, directory: string, count: number): Promise<BenchFleet> {
  const api = clientsOf(account)
  const roleArn = await createProvisioningRole(api)
  const templateBody = provisioningTemplate({ statements })
  const ca = await registerCa(api, { registrationConfig: { roleArn, templateBody } })
  const key = makeKey('P-256') // one key spares making thousands; the certificates differ
  const makeDevice = (clientId: string): FleetDevice => {
    const subject = [
      ['C', 'NL'],
      ['CN', clientId],
    ] as const
    const { certificatePem, privateKeyPem, certificateId } = ca.issue({ subject, key })
    return { clientId, certificatePem, privateKeyPem, certificateId }
  }
  const devices = Array.from({ length: count }, (_, index) => makeDevice(`lamp-${index}`))
  const devicesFile = join(directory, 'devices.json')
  writeFileSync(devicesFile, JSON.stringify(devices))
  return { ca, devicesFile, devices, makeDevice, iot: api.iot }
}
