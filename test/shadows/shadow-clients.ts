/** Clients of device shadows: devices with their policies, who listens, and a shell with the variables of the server. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import { expect } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import { connectDevice } from '../helpers/device.ts'
import { type TestServer } from '../helpers/server.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'

const run = promisify(execFile)

/** A shell with the variables that `muster env` gives out. */
export async function openServerShell({ dataDir }: TestServer): Promise<Shell> {
  const { stdout } = await run(process.execPath, [musterProgram, 'env', '--data-dir', dataDir])
  return openShell(parseExports(stdout))
}

export const openDataPlane = ({ endpoints, rootKey }: Pick<TestServer, 'endpoints' | 'rootKey'>) =>
  new IoTDataPlaneClient({
    endpoint: endpoints.apiUrl,
    region: endpoints.region,
    credentials: rootKey,
    maxAttempts: 1,
  })

export interface Identity {
  certificatePem: string
  privateKeyPem: string
}

let policies = 0

/** A certificate that may do what the statements say. */
export async function makeDevice({ iot }: TestServer, ...Statement: object[]): Promise<Identity> {
  const {
    certificateArn: target,
    certificatePem,
    keyPair,
  } = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const policyName = `shadow-policy-${policies++}`
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  await iot.send(new AttachPolicyCommand({ policyName, target }))
  return { certificatePem: certificatePem!, privateKeyPem: keyPair!.PrivateKey! }
}

export const allow = (Action: string | string[], ...resources: string[]) => ({
  Effect: 'Allow',
  Action,
  Resource: resources.map((resource) => `arn:aws:iot:*:*:${resource}`),
})

/** What a device needs for the classic shadow of its thing. */
export const ownShadow = (thingName: string) => [
  allow('iot:Connect', 'client/*'),
  allow(['iot:Publish', 'iot:Receive'], `topic/$aws/things/${thingName}/shadow/*`),
  allow('iot:Subscribe', `topicfilter/$aws/things/${thingName}/shadow/*`),
]

/** What a client that may hear everything hears below the thing's `shadow/`. */
export async function overhear(server: TestServer, thingName: string) {
  const identity = await makeDevice(server, allow('iot:*', '*'))
  const client = await connectDevice(server, { ...identity, clientId: `ear-${thingName}` })
  const shadow = `$aws/things/${thingName}/shadow/`
  const heard: { topic: string; payload: string }[] = []
  let wake = () => {}
  client.on('message', (topic, payload) => {
    heard.push({ topic: topic.slice(shadow.length), payload: payload.toString() })
    wake()
  })
  await client.subscribeAsync(`${shadow}#`, { qos: 1 })
  return {
    atLeast: (count: number) =>
      new Promise<typeof heard>((resolve) => {
        wake = () => heard.length >= count && resolve(heard)
        wake()
      }),
    [Symbol.asyncDispose]: () => client.endAsync(),
  }
}

export const anyTime = expect.any(Number) as number
