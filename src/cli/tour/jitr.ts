/** The JITR journey: a CA without a template, a rule on the registration event, and a function that decides. */
import { setTimeout } from 'node:timers/promises'
import { strToU8, zipSync } from 'fflate'
import { CommandError } from '../command.ts'
import { activationFunction } from './activation-function.ts'
import {
  callAs,
  certificateIdOf,
  createRole,
  deviceOptions,
  readJournal,
  registerAuthority,
  statusOf,
  type Call,
  type Tour,
} from './api.ts'
import { issue, makeAuthority } from './certificates.ts'
import { publishOnce } from './device.ts'
import { causeText } from '../../lib/cause-text.ts'

const deviceName = 'pump-1'
const activationTimeoutMs = 30_000

export async function jitrJourney({ server, step, show }: Tour): Promise<void> {
  const call = callAs(server)
  step('Just-in-time registration. Another CA is registered, without a template.')
  const authority = await makeAuthority('CN=Tour Pumps CA, O=Tour Pumps, C=NL')
  const caCertificateId = await registerAuthority(call, authority)
  show(`CA registered    ${caCertificateId}`)

  step('A function that activates devices, and a rule that takes the registration events to it.')
  for (const line of await createFunctionAndRule(call, server.endpoints, caCertificateId)) show(line)

  step(
    'A new device connects: it is registered, the event is published, and the connection is closed on purpose.',
  )
  const device = await issue(authority, `CN=${deviceName}, O=Tour Pumps, C=NL`)
  const options = deviceOptions(server, device, deviceName)
  show(`the device sees  ${await expectClosed(publishOnce(options, 'pumps/pump-1/hello', 'Hello'))}`)

  step('The function activates it; the device comes back and works.')
  await untilActive(call, certificateIdOf(device))
  show('certificate      ACTIVE')
  await publishOnce(options, 'pumps/pump-1/hello', 'Hello')
  show('mutual TLS, CONNACK 0, PUBLISH at QoS 1, PUBACK: on its second connection')

  step(`What the journal says (npx muster explain ${deviceName}):`)
  const codes = ['certificate-registered', 'registration-announced', 'connected']
  for (const line of await readJournal(call, certificateIdOf(device), codes)) show(line)
}

interface Account {
  accountId: string
  region: string
}

async function createFunctionAndRule(call: Call, { accountId, region }: Account, caCertificateId: string) {
  const policyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  const Role = await createRole(call, accountId, {
    name: 'JITRFunction',
    service: 'lambda.amazonaws.com',
    policyArn,
  })
  const ZipFile = Buffer.from(zipSync({ 'index.mjs': strToU8(activationFunction) })).toString('base64')
  const FunctionName = 'activate-device'
  const settings = {
    FunctionName,
    Role,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Timeout: 20,
    Code: { ZipFile },
  }
  const lambda = (path: string, body: object) =>
    call({
      service: 'lambda',
      method: 'POST',
      path: `/2015-03-31/functions${path}`,
      body: JSON.stringify(body),
    })
  await lambda('', settings)
  const functionArn = `arn:aws:lambda:${region}:${accountId}:function:${FunctionName}`
  const sql = `SELECT * FROM '$aws/events/certificates/registered/${caCertificateId}'`
  const rule = { sql, awsIotSqlVersion: '2016-03-23', actions: [{ lambda: { functionArn } }] }
  await call({ method: 'POST', path: '/rules/ActivateDevices', body: JSON.stringify(rule) })
  await lambda(`/${FunctionName}/policy`, {
    StatementId: 'rule',
    Action: 'lambda:InvokeFunction',
    Principal: 'iot.amazonaws.com',
    SourceArn: `arn:aws:iot:${region}:${accountId}:rule/ActivateDevices`,
    SourceAccount: accountId,
  })
  return [`function         ${functionArn}`, `rule             ${sql}`]
}

/** Resolves with what the device saw. */
async function expectClosed(attempt: Promise<void>): Promise<string> {
  const outcome = await attempt.then(() => undefined, causeText)
  if (outcome === undefined) throw new CommandError('the first connection was not closed')
  return outcome
}

async function untilActive(call: Call, certificateId: string): Promise<void> {
  const deadline = Date.now() + activationTimeoutMs
  while ((await statusOf(call, certificateId)) !== 'ACTIVE') {
    if (Date.now() > deadline) throw new CommandError('the function did not activate the certificate in time')
    await setTimeout(100)
  }
}
