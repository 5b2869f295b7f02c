/** Pre-provisioning hooks, as functions that run. Source: AWS IoT Developer Guide, "Pre-provisioning hooks". */
import {
  DescribeThingCommand,
  ListThingsCommand,
  UpdateProvisioningTemplateCommand,
} from '@aws-sdk/client-iot'
import { AddPermissionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  ask,
  createClaim,
  createFleetTemplate,
  createTopic,
  noRates,
  provisionTopic,
  templateName,
  type Claim,
} from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { createFunction, createRole } from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

/** Does as the parameters of the device say. */
const code = `
exports.handler = async (event) => {
  const { SerialNumber, answer } = event.parameters
  if (SerialNumber === 'throw') throw new Error('the inventory is closed')
  if (SerialNumber === 'sleep') await new Promise((resolve) => setTimeout(resolve, 20_000))
  if (answer) return JSON.parse(answer)
  return { allowProvisioning: true, parameterOverrides: { Room: Object.keys(event).sort() + ':' + event.clientId } }
}`

let server: TestServer
let claim: Claim
let client: MqttClient
let hook: string
let templateArn: string
let device = 0
beforeAll(async () => {
  server = await startTestServer({}, noRates)
  const roleArn = await createRole(server, { name: 'functions' })
  hook = await createFunction(server, { roleArn, files: { 'index.js': code } })
  const { region, accountId } = server.endpoints
  templateArn = `arn:aws:iot:${region}:${accountId}:provisioningtemplate/${templateName}`
  await createFleetTemplate(server, { preProvisioningHook: { targetArn: hook } })
  claim = await createClaim(server)
  client = await connectDevice(server, { ...claim, clientId: 'new' })
})
afterAll(async () => {
  await client.endAsync(true)
  await server[Symbol.asyncDispose]()
})
beforeEach(() => {
  device++
})

const provision = async (parameters: Record<string, string> = {}) => {
  const { answer } = await ask(client, createTopic)
  const { certificateOwnershipToken, certificateId } = answer
  const document = { certificateOwnershipToken, parameters: { SerialNumber: String(device), ...parameters } }
  return { ...(await ask(client, provisionTopic, document)), certificateId: certificateId! }
}
const lastRefusal = async () => {
  const { entries } = await server.report('new')
  return entries.findLast(({ code: reason }) => reason.startsWith('hook-'))
}
const permit = (StatementId: string, SourceArn: string, Principal = 'iot.amazonaws.com') =>
  server.lambda.send(
    new AddPermissionCommand({
      FunctionName: hook,
      StatementId,
      Action: 'lambda:InvokeFunction',
      Principal,
      SourceArn,
    }),
  )
const denied = { statusCode: 403, errorCode: 'AccessDenied', errorMessage: 'Access denied' }

it('is not asked unless its policy allows AWS IoT to, for this template', async () => {
  expect(await provision()).toMatchObject({ outcome: 'rejected', answer: denied })
  await permit('other-template', `${templateArn}-2`)
  await permit('other-service', templateArn, 'events.amazonaws.com')
  expect(await provision()).toMatchObject({ outcome: 'rejected', answer: denied })
  const refusal = await lastRefusal()
  expect(refusal).toMatchObject({ code: 'hook-failed', details: { hook } })
  expect(refusal?.details?.['error']).toContain('no resource-based policy allows')
  await permit('right', templateArn)
})

it('allows a device, and sets parameters of it', async () => {
  const made = await provision({ Room: 'attic' })
  expect(made).toMatchObject({ outcome: 'accepted', answer: { thingName: `lamp-${device}` } })
  const { attributes } = await server.iot.send(new DescribeThingCommand({ thingName: `lamp-${device}` }))
  const members = 'certificateId,certificatePem,claimCertificateId,clientId,parameters,templateArn'
  expect(attributes).toEqual({ room: `${members}:new` })
})

describe('a device is refused, and no thing is made, when the function', () => {
  it.each<[string, unknown, string, string]>([
    ['says no', { allowProvisioning: false }, 'hook-refused', 'did not return allowProvisioning: true'],
    ['says nothing', {}, 'hook-refused', 'did not return allowProvisioning: true'],
    [
      'says yes as a text',
      { allowProvisioning: 'true' },
      'hook-refused',
      'did not return allowProvisioning: true',
    ],
    ['says null', null, 'hook-failed', 'did not return an object'],
    ['gives a list', [true], 'hook-failed', 'did not return an object'],
    [
      'sets a parameter to a number',
      { allowProvisioning: true, parameterOverrides: { Room: 7 } },
      'hook-failed',
      '"Room" must be a text',
    ],
    [
      'sets parameters as a list',
      { allowProvisioning: true, parameterOverrides: ['Room'] },
      'hook-failed',
      'parameterOverrides must be an object',
    ],
  ])('%s', async (_, said, reason, error) => {
    const refused = await provision({ answer: JSON.stringify(said) })
    expect(refused).toMatchObject({ outcome: 'rejected', answer: denied })
    const refusal = await lastRefusal()
    expect(refusal).toMatchObject({ code: reason, certificateId: claim.certificateId })
    expect(refusal?.details?.['error']).toContain(error)
    const { things } = await server.iot.send(new ListThingsCommand({}))
    expect(things!.map((one) => one.thingName)).not.toContain(`lamp-${device}`)
  })

  it('throws', async () => {
    expect(await provision({ SerialNumber: 'throw' })).toMatchObject({ outcome: 'rejected', answer: denied })
    expect((await lastRefusal())?.details?.['error']).toBe('it failed: the inventory is closed')
  })

  it('does not answer within five seconds', async () => {
    expect(await provision({ SerialNumber: 'sleep' })).toMatchObject({ outcome: 'rejected', answer: denied })
    expect((await lastRefusal())?.details?.['error']).toBe('it did not answer within 5 seconds')
  })

  it('is killed by its own limit', async () => {
    const limit = { FunctionName: hook, Timeout: 1 }
    await server.lambda.send(new UpdateFunctionConfigurationCommand(limit))
    expect(await provision({ SerialNumber: 'sleep' })).toMatchObject({ outcome: 'rejected', answer: denied })
    expect((await lastRefusal())?.details?.['error']).toContain('it failed')
  })
})

it('gives the certificate of a device that says so another id in vain', async () => {
  const id = 'AWS::IoT::Certificate::Id'
  const overrides = { allowProvisioning: true, parameterOverrides: { [id]: claim.certificateId } }
  const made = await provision({ answer: JSON.stringify(overrides), [id]: claim.certificateId })
  expect(made.outcome).toBe('accepted')
  const { certificates } = await server.report(`lamp-${device}`)
  expect(certificates.map(({ certificateId }) => certificateId)).toEqual([made.certificateId])
})

it('is asked no more once it is taken away, or the function is gone', async () => {
  const absent = { targetArn: `${hook}-gone` }
  await server.iot.send(new UpdateProvisioningTemplateCommand({ templateName, preProvisioningHook: absent }))
  expect(await provision()).toMatchObject({ outcome: 'rejected', answer: denied })
  expect((await lastRefusal())?.details?.['error']).toContain('ResourceNotFoundException')
  await server.iot.send(
    new UpdateProvisioningTemplateCommand({ templateName, removePreProvisioningHook: true }),
  )
  expect(await provision()).toMatchObject({ outcome: 'accepted' })
})
