/** The MQTT test client, by the labels that a person sees, beside real devices. */
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateThingCommand,
} from '@aws-sdk/client-iot'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { connectDevice, connectOperator, listen } from '../../helpers/device.ts'
import type { TestServer } from '../../helpers/server.ts'
import { picture, type Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit

visitEachTest(
  (here) => {
    ;({ server, visit } = here)
  },
  { isNowhere: true },
)

async function subscribe(page: Page, filter: string): Promise<void> {
  await page.getByRole('tab', { name: 'Subscribe to a topic' }).click()
  await page.getByLabel('Topic filter').fill(filter)
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await page.getByRole('button', { name: `Unsubscribe from ${filter}` }).waitFor()
}

it('shows what a device publishes to a topic that one subscribes to, and publishes to a device', async () => {
  const { page } = visit
  await visit.open('/')
  await page.getByRole('link', { name: 'MQTT test client' }).click()
  await page.getByText('Connected', { exact: true }).waitFor()
  await subscribe(page, 'hello/world')
  const device = await connectOperator(server, 'greeter')
  await device.publishAsync('hello/world', '{"temperature":21.5}', { qos: 1 })
  await page.getByText('"temperature": 21.5').waitFor() // as JSON, a member a line
  await page.getByRole('button', { name: 'Hex' }).click()
  await page.getByText('7b 22 74 65 6d 70').waitFor()

  await using listener = await listen(server, 'to/devices')
  await page.getByRole('tab', { name: 'Publish to a topic' }).click()
  await page.getByLabel('Topic name').fill('to/devices')
  await page.getByLabel('Message payload').fill('switch on')
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  const [message] = await listener.atLeast(1)
  expect(String(message!.payload)).toBe('switch on')
  await device.endAsync()
})

it('holds several subscriptions apart, finds, pauses, and sends again', async () => {
  const { page } = visit
  await visit.open('/mqtt-test-client')
  await page.getByText('Connected', { exact: true }).waitFor()
  await subscribe(page, 'lamps/+/state')
  await subscribe(page, 'doors/#')
  const device = await connectOperator(server, 'several')
  await device.publishAsync('lamps/1/state', 'glowing', { qos: 1 })
  await device.publishAsync('doors/front/lock', 'ajar', { qos: 1 })
  const messages = page.getByRole('table')
  await messages.getByText('glowing').waitFor()
  await messages.getByText('ajar').waitFor()
  await page.getByRole('treeitem', { name: 'front' }).first().waitFor()
  await picture(visit, 'console-mqtt')

  await page.getByRole('link', { name: 'doors/#' }).click()
  await messages.getByText('glowing').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'All', exact: true }).click()
  await page.getByLabel('Find in topics and payloads').fill('GLOW')
  await messages.getByText('ajar').waitFor({ state: 'detached' })

  await page.getByLabel('Find in topics and payloads').fill('')
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('Paused').waitFor()
  await device.publishAsync('doors/back', 'while paused', { qos: 1 })
  await page.getByRole('button', { name: 'Go on' }).click()
  await messages.getByText('while paused').waitFor() // kept meanwhile

  await using listener = await listen(server, 'doors/back', 'listener')
  await messages
    .getByRole('row', { name: 'while paused' })
    .getByRole('button', { name: /^Resend message/ })
    .click()
  expect(String((await listener.atLeast(1))[0]!.payload)).toBe('while paused')
  await device.endAsync()
})

it('acts as a device beside it, and shows the statement that a denial asks for', async () => {
  const { page } = visit
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const { certificateId = '', certificateArn: principal = '', certificatePem = '', keyPair } = made
  await server.iot.send(new CreateThingCommand({ thingName: 'lamp' }))
  await server.iot.send(new AttachThingPrincipalCommand({ thingName: 'lamp', principal }))
  const Resource = [
    'client/${iot:Connection.Thing.ThingName}',
    'topic/lamps/lamp',
    'topicfilter/lamps/lamp',
  ].map((name) => `arn:aws:iot:us-east-1:000000000000:${name}`)
  const Statement = [{ Effect: 'Allow', Action: ['iot:Connect', 'iot:Publish', 'iot:Subscribe'], Resource }]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'lamp', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'lamp', target: principal }))
  const privateKeyPem = keyPair!.PrivateKey!
  const device = await connectDevice(server, { certificatePem, privateKeyPem, clientId: 'lamp' })

  await visit.open('/mqtt-test-client')
  await page.getByText('Connected', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Connection details' }).click()
  await page.getByRole('radio', { name: 'A device' }).click()
  await page.getByLabel('Certificate ID').fill(certificateId)
  await page.keyboard.press('Escape')
  await page.getByPlaceholder('lamp', { exact: true }).waitFor() // its thing's name is proposed
  const details = page.getByRole('group', { name: 'Connection details' })
  await details.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByText(`Certificate ${certificateId.slice(0, 16)}…`).waitFor()
  await page.getByText('Connected', { exact: true }).waitFor()
  await page.getByLabel('Topic filter').fill('doors/#')
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await page.getByText('"Action":"iot:Subscribe"', { exact: false }).waitFor()
  await subscribe(page, 'lamps/lamp')
  await device.publishAsync('lamps/lamp', 'x', { qos: 1 })
  await page.getByText('A message was not received', { exact: false }).waitFor()
  await page.getByText('"Action":"iot:Receive"', { exact: false }).waitFor()
  expect(device.connected).toBe(true)
  await picture(visit, 'console-mqtt-denial')
  await device.endAsync()
})

it('shows hostile topics and payloads as text', async () => {
  const { page } = visit
  await visit.open('/mqtt-test-client')
  await page.getByText('Connected', { exact: true }).waitFor()
  await subscribe(page, 'evil/#')
  const device = await connectOperator(server, 'evil')
  const hostile = '<img src=x onerror=document.title=1>'
  await device.publishAsync(`evil/${hostile}`, `${hostile}\u202E\u0007${'x'.repeat(20_000)}`, { qos: 1 })
  const messages = page.getByRole('table')
  await messages.getByText(`evil/${hostile}`).waitFor()
  await messages.getByText(`${hostile}\\u202e\\u0007`, { exact: false }).waitFor()
  await messages.getByText('bytes more', { exact: false }).waitFor()
  await expect.poll(() => page.title()).toBe('Muster')
  await device.endAsync()
})
