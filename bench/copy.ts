/** How long `muster copy` takes from one Muster to another on this machine; both servers have the same cores as it. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import {
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  RegisterCertificateWithoutCACommand,
} from '@aws-sdk/client-iot'
import { makeCa, makeKey } from '../test/helpers/certificates.ts'
import { startServerProcess, type TestServer } from '../test/helpers/server.ts'

const flags = {
  devices: { type: 'string', default: '10000' },
  help: { type: 'boolean', default: false },
} as const

const usage = `usage: npm run bench -- copy [options]
  --devices N          each a thing with a certificate, a policy, and a group (10000)`

const lanes = 16

export async function benchCopy(...args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: flags })
  if (values.help) return console.log(usage)
  const devices = Number(values.devices)
  await using from = await startServerProcess({ 'log-level': 'error' })
  await using to = await startServerProcess({ 'log-level': 'error' })
  const report = async (what: string, work: () => Promise<string>) => {
    const started = performance.now()
    const said = await work()
    const seconds = (performance.now() - started) / 1000
    console.log(`| ${what} | ${seconds.toFixed(1)} | ${said} |`)
  }
  console.log(`${devices} devices\n\n| what | seconds | it says |\n|---|---|---|`)
  await report('the devices are made at the source', () => fill(from, devices))
  await report('muster copy --plan', () => copy(from, to, '--plan'))
  await report('muster copy', () => copy(from, to))
  await report('muster copy, again', () => copy(from, to))
}

async function fill({ iot }: TestServer, devices: number): Promise<string> {
  const thingGroupNames = Array.from({ length: 10 }, (_, index) => `room-${index}`)
  for (const thingGroupName of thingGroupNames)
    await iot.send(new CreateThingGroupCommand({ thingGroupName }))
  const policyName = 'lamps'
  const statement = { Effect: 'Allow', Action: 'iot:*', Resource: '*' }
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  const ca = makeCa()
  const key = makeKey('P-256') // one key spares making thousands; the certificates differ
  const left = Array.from({ length: devices }, (_, index) => index).values()
  const makeDevices = async () => {
    for (const index of left) {
      const thingName = `lamp-${index}`
      const { certificatePem } = ca.issue({ subject: `CN=${thingName}`, key })
      const attributePayload = { attributes: { serial: String(index) } }
      await iot.send(new CreateThingCommand({ thingName, attributePayload }))
      const { certificateArn: target } = await iot.send(
        new RegisterCertificateWithoutCACommand({ certificatePem, status: 'ACTIVE' }),
      )
      await iot.send(new AttachPolicyCommand({ policyName, target }))
      await iot.send(new AttachThingPrincipalCommand({ thingName, principal: target }))
      const thingGroupName = thingGroupNames[index % thingGroupNames.length]
      await iot.send(new AddThingToThingGroupCommand({ thingName, thingGroupName }))
    }
  }
  await Promise.all(Array.from({ length: lanes }, makeDevices))
  return `${5 * devices} calls`
}

const run = promisify(execFile)

/** Its last line. */
async function copy(from: TestServer, to: TestServer, ...options: string[]): Promise<string> {
  const ends = ['--from-data-dir', from.dataDir, '--to-data-dir', to.dataDir]
  const { stdout } = await run(process.execPath, [resolve('bin/muster.js'), 'copy', ...ends, ...options])
  return stdout.trimEnd().split('\n').at(-1) ?? ''
}
