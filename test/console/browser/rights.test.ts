/** Somebody who may only look: nothing else is offered, and each button says why. */
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateThingCommand, ListThingsCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerCa } from '../../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { Visitor } from '../visitor.ts'
import { openVisit, sharedBrowser } from './browser.ts'

let server: TestServer
let key: { accessKeyId: string; secretAccessKey: string }

beforeAll(async () => {
  server = await startTestServer()
  await server.iot.send(new CreateThingCommand({ thingName: 'lamp-1' }))
  await server.iam.send(new CreateUserCommand({ UserName: 'reader' }))
  const Statement = [{ Effect: 'Allow', Action: ['iot:List*', 'iot:Describe*'], Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iam.send(new PutUserPolicyCommand({ UserName: 'reader', PolicyName: 'own', PolicyDocument }))
  const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }))
  key = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
})
afterAll(() => server[Symbol.asyncDispose]())

it('sees what there is, and beside each button the permission that is missing', async () => {
  await using visit = await openVisit(await sharedBrowser(), server)
  const { page } = visit
  page.setDefaultTimeout(20_000)
  const ca = await registerCa(server)
  await visit.open('/things')
  await page.getByLabel('Access key ID').fill(key.accessKeyId)
  await page.getByLabel('Secret access key').fill(key.secretAccessKey)
  await page.keyboard.press('Enter')
  const create = page.getByRole('button', { name: 'Create single thing' })
  await page.locator('button[aria-disabled=true]', { hasText: 'Create single thing' }).waitFor()
  await create.hover()
  await page.getByText('You need the permission iot:CreateThing').first().waitFor({ state: 'attached' })
  await visit.open('/cas')
  await page.getByRole('button', { name: `Actions for ${ca.caCertificateId}` }).click()
  const item = page.getByRole('menuitem', { name: 'Deactivate' })
  await item.hover()
  await page
    .getByText('You need the permission iot:UpdateCACertificate')
    .first()
    .waitFor({ state: 'attached' })
  await visit.open('/create/thing')
  await page.getByLabel('Thing name').fill('by-hand')
  await page.locator('button[aria-disabled=true]', { hasText: 'Create thing' }).waitFor()
  await page.getByLabel('Thing name').press('Enter')
  const { things } = await server.iot.send(new ListThingsCommand({}))
  expect(things!.map(({ thingName }) => thingName)).toEqual(['lamp-1'])
  expect(visit.faults).toEqual([])
})

it.each([
  ['iot', 'CreateThing', { thingName: 'by-hand' }],
  ['iot', 'DeleteThing', { thingName: 'lamp-1' }],
  ['iot', 'UpdateThing', { thingName: 'lamp-1' }],
  ['iot', 'CreateKeysAndCertificate', {}],
  ['iot', 'TagResource', { resourceArn: 'arn:aws:iot:us-east-1:000000000000:thinggroup/a', tags: [] }],
  ['iot', 'SetV2LoggingOptions', { defaultLogLevel: 'DEBUG' }],
  ['iam', 'CreateUser', { UserName: 'other' }],
  ['iot-data', 'UpdateThingShadow', { thingName: 'lamp-1', payload: 'e30=' }],
  ['lambda', 'DeleteFunction', { FunctionName: 'f' }],
  ['logs', 'DeleteLogGroup', { logGroupName: 'g' }],
  ['cloudtrail', 'LookupEvents', {}],
])('cannot call %s:%s by hand', async (service, operation, input) => {
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(key)
  const { status, body } = await visitor.operation(service, operation, input)
  expect({ status, message: body['message'] ?? body['Message'] }).toEqual({
    status: 403,
    message: expect.stringContaining('not authorized'),
  })
})
