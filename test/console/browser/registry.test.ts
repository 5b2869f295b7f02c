/** Things, certificates, CAs, and policies, as a person makes and changes them who knows AWS's console. */
import {
  DescribeCertificateCommand,
  DescribeThingCommand,
  DescribeThingTypeCommand,
  GetPolicyCommand,
  ListAttachedPoliciesCommand,
  ListTagsForResourceCommand,
  ListThingGroupsForThingCommand,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot'
import { readFileSync } from 'node:fs'
import type { Download, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { connectDevice } from '../../helpers/device.ts'
import { registerCa } from '../../helpers/jitp.ts'
import type { TestServer } from '../../helpers/server.ts'
import { picture, type Visit } from './browser.ts'
import { chooseInRow, confirm, heading, tab, typeName } from './person.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit
let page: Page

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  { timeoutMs: 30_000 },
)

const follow = (name: string) => page.getByRole('link', { name, exact: true }).first().click()
const press = (name: string) => page.getByRole('button', { name, exact: true }).click()

async function textOf(download: Promise<Download>): Promise<string> {
  return readFileSync(await (await download).path(), 'utf8')
}

async function downloadBy(name: string): Promise<string> {
  const download = page.waitForEvent('download')
  await press(name)
  return textOf(download)
}

it('sets what happens on first connection to a CA, which is a tag', async () => {
  const ca = await registerCa(server)
  await visit.open(`/cas/${ca.caCertificateId}`)
  await page.getByRole('button', { name: 'Copy the ARN' }).waitFor()
  await picture(visit, 'console-ca')
  await press('Edit')
  await page.getByRole('menuitem', { name: 'First connection and revocation list' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'First connection' }).click()
  await page.getByRole('option', { name: /^Close/ }).click()
  await confirm(page, 'Save changes')
  await page.getByText('close', { exact: true }).waitFor()
  const { tags } = await server.iot.send(
    new ListTagsForResourceCommand({
      resourceArn: `arn:aws:iot:us-east-1:000000000000:cacert/${ca.caCertificateId}`,
    }),
  )
  expect(tags).toEqual([{ Key: 'muster:first-connection', Value: 'close' }])
})

it('makes a policy in the builder, changes it, compares its versions, and deletes it', async () => {
  await follow('Policies')
  await press('Create policy')
  await page.getByLabel('Policy name').fill('lamps')
  await page.getByLabel('Policy action').fill('iot:Connect, iot:Publish')
  await press('Create')
  await heading(page, 'lamps').waitFor()
  const get = new GetPolicyCommand({ policyName: 'lamps' })
  expect(JSON.parse((await server.iot.send(get)).policyDocument!)).toEqual({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['iot:Connect', 'iot:Publish'], Resource: '*' }],
  })
  await press('Edit active version')
  await page.getByRole('dialog').getByLabel('Policy action').fill('iot:Connect')
  await confirm(page, 'Save as new version')
  await page.getByText('2', { exact: true }).first().waitFor()
  await tab(page, 'All versions').click()
  await page.getByRole('button', { name: 'Compare the active version with' }).click()
  await page.getByRole('option', { name: '1', exact: true }).click()
  await page.getByText(/-\s+"iot:Publish"/).waitFor()
  await picture(visit, 'console-policy-versions')
  await chooseInRow(page, '1', 'Delete')
  await confirm(page, 'Delete')
  await press('Delete')
  await confirm(page, 'Delete', 'delete')
  await heading(page, 'Policies').waitFor()
  await expect(server.iot.send(get)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

it('says at the field what the server refuses', async () => {
  await visit.open('/create/thing')
  await page.getByLabel('Thing name').fill('no spaces please')
  await press('Create thing')
  await page.getByText(/thingName' failed to satisfy constraint/).waitFor()
  await expect.poll(() => page.getByText(/thingName' failed to satisfy constraint/).count()).toBe(1)
})

it('makes a thing with attributes, puts it into a group, and changes its shadow', async () => {
  await follow('Thing types')
  await press('Create thing type')
  await page.getByLabel('Thing type name').fill('bulb')
  await press('Create thing type')
  await heading(page, 'bulb').waitFor()
  await follow('Thing groups')
  await press('Create thing group')
  await page.getByLabel('Thing group name').fill('house')
  await press('Create thing group')
  await heading(page, 'house').waitFor()
  await tab(page, 'Thing groups').click()
  await press('Create thing group')
  await page.getByLabel('Thing group name').fill('kitchen')
  await press('Create thing group')
  await heading(page, 'kitchen').waitFor()
  await follow('Things')
  await press('Create single thing')
  await page.getByLabel('Thing name').fill('lamp-1')
  await typeName(page, 'Thing type - optional', 'bulb')
  await press('Add attribute')
  await page.getByRole('textbox', { name: 'Attribute key' }).fill('room')
  await page.getByRole('textbox', { name: 'Value' }).fill('kitchen')
  await press('Create thing')
  await heading(page, 'lamp-1').waitFor()
  expect(await server.iot.send(new DescribeThingCommand({ thingName: 'lamp-1' }))).toMatchObject({
    thingTypeName: 'bulb',
    attributes: { room: 'kitchen' },
  })
  await page.getByText('Never seen').waitFor()

  await follow('Things')
  await page.getByRole('checkbox', { name: 'Select lamp-1' }).check()
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Add to thing group' }).click()
  await typeName(page.getByRole('dialog'), 'Thing group', 'kitchen')
  await confirm(page, 'Add to group')
  const { thingGroups } = await server.iot.send(new ListThingGroupsForThingCommand({ thingName: 'lamp-1' }))
  expect(thingGroups!.map(({ groupName }) => groupName)).toEqual(['kitchen'])
  await follow('Thing groups')
  await page
    .getByRole('button', { name: /Expand/ })
    .first()
    .click()
  await follow('kitchen') // below its parent
  await follow('lamp-1')

  await tab(page, 'Device Shadows').click()
  await press('Create Shadow')
  await confirm(page, 'Create')
  await page.getByText('Version 1').waitFor()
  await picture(visit, 'console-thing')
  await chooseInRow(page, 'Classic Shadow', 'Delete')
  await confirm(page, 'Delete', 'delete')
  await page.getByText('No shadow exists').first().waitFor()
  await press('Delete')
  await confirm(page, 'Delete', 'delete')
  await heading(page, 'Things').waitFor()
})

it('deprecates a thing type', async () => {
  await visit.open('/create/thing-type')
  await page.getByLabel('Thing type name').fill('old')
  await press('Create thing type')
  await press('Deprecate')
  await confirm(page, 'Deprecate')
  await page.getByRole('button', { name: 'Undo deprecation' }).waitFor()
  const { thingTypeMetadata } = await server.iot.send(new DescribeThingTypeCommand({ thingTypeName: 'old' }))
  expect(thingTypeMetadata).toMatchObject({ deprecated: true })
})

it('makes a certificate whose keys are given out once, and retires it', async () => {
  await follow('Certificates')
  await press('Create certificate')
  await press('Create')
  expect(await downloadBy('Private key')).toContain('PRIVATE KEY')
  expect(await downloadBy('Device certificate')).toContain('BEGIN CERTIFICATE')
  await press('Go on to the certificate')
  await page.getByText('ACTIVE', { exact: true }).waitFor()
  const certificateId = new URL(page.url()).pathname.split('/').at(-1)!
  await press('Deactivate')
  await confirm(page, 'Deactivate')
  await page.getByText('INACTIVE', { exact: true }).waitFor()
  const describe = new DescribeCertificateCommand({ certificateId })
  expect((await server.iot.send(describe)).certificateDescription).toMatchObject({ status: 'INACTIVE' })
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Retire' }).click()
  await confirm(page, 'Retire', 'retire')
  await heading(page, 'Certificates').waitFor()
  await expect(server.iot.send(describe)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

it('connects one device, and hears of it at once', async () => {
  await follow('Connect one device')
  await typeName(page, 'Thing name', 'first')
  await press('Next')
  await press('Next')
  await press('Next')
  await page.getByText('device-own-topics (made unless there is one)').waitFor()
  await press('Create')
  const privateKeyPem = await downloadBy('Private key')
  const certificatePem = await downloadBy('Device certificate')
  expect(await downloadBy('Root CA certificate')).toBe(server.rootCa)
  await page.getByText('It has not come yet').waitFor()
  await picture(visit, 'console-connect')
  const client = await connectDevice(server, { certificatePem, privateKeyPem, clientId: 'first' })
  await page.getByText('It has not come yet').waitFor({ state: 'detached' })
  await page.getByText('connected', { exact: true }).first().waitFor()
  await client.endAsync()
  const { principals } = await server.iot.send(new ListThingPrincipalsCommand({ thingName: 'first' }))
  const { policies } = await server.iot.send(new ListAttachedPoliciesCommand({ target: principals![0] }))
  expect(policies!.map(({ policyName }) => policyName)).toEqual(['device-own-topics'])
})

it('gives out the root CA, and shows the limits', async () => {
  await follow('Settings')
  expect(await downloadBy('Root CA certificate')).toBe(server.rootCa)
  await page.getByText('maxConnections').waitFor()
  await picture(visit, 'console-settings')
})

it('shows a device that has a number for a name', async () => {
  await visit.open('/explain?subject=42')
  await page.getByText('Nothing is recorded about 42.').waitFor()
  await visit.open('/things?q=42')
  await page.getByText('0 matches').first().waitFor()
  await expect.poll(() => page.getByRole('searchbox', { name: 'Find' }).inputValue()).toBe('42')
})
