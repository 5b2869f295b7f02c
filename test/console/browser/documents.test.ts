/** Every step that the published walkthroughs take in a console, on a fresh server, by the labels that a person sees. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetRoleCommand } from '@aws-sdk/client-iam'
import { DescribeCACertificateCommand } from '@aws-sdk/client-iot'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { makeCa, makeVerificationCertificate } from '../../helpers/certificates.ts'
import { connectDevice } from '../../helpers/device.ts'
import { provisioningTemplate, registerCa, type RegisteredCa } from '../../helpers/jitp.ts'
import { connectUntilAdmitted } from '../../helpers/jitr.ts'
import type { TestServer } from '../../helpers/server.ts'
import { findViolations } from './axe.ts'
import { choose, picture, type Visit } from './browser.ts'
import { authorFunction, createRule, exchangePolicies, runFunction } from './function-steps.ts'
import { chooseInRow, confirm, goTo, heading, press, tab } from './person.ts'
import { visitEachTest, type Here } from './visit-each-test.ts'

let here: Here
let server: TestServer
let visit: Visit
let page: Page

visitEachTest((arrived) => {
  here = arrived
  ;({ server, visit, page } = here)
})

const inDialog = () => page.getByRole('dialog')
const isRight = async () => expect(await findViolations(page)).toEqual([])

/** What the button beside it puts into the clipboard. */
async function copy(what: string): Promise<string> {
  await press(page, `Copy ${what}`)
  await page.getByText('Copied').first().waitFor()
  return page.evaluate<string>('navigator.clipboard.readText()')
}

it(
  'walks the console steps of the documents, and lets in one device by each way',
  { timeout: 20 * 60_000 },
  async () => {
    await visit.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const announcing = await toggleAutoRegistration()
    await makeProvisioningRole()
    const provisioning = await registerByForm()
    await giveTemplate(provisioning)
    expect(await copyEndpoint()).toBe(server.endpoints.endpoint)
    await logAtInfo()
    await verifyProvisioned(await provisionOne(provisioning))
    await addUser()

    const device = announcing.issue({ subject: 'CN=second' })
    const attempt = { ...device, clientId: device.certificateId }
    await expect(connectDevice(server, attempt)).rejects.toThrow('closed')
    await seeCertificate(device.certificateId, 'PENDING_ACTIVATION')
    const roleName = await authorFunction(here)
    await runFunction(here)
    await exchangePolicies(here, roleName)
    await createRule(here, await copyCaId(announcing.caCertificateId))
    const client = await connectUntilAdmitted(server, attempt)
    await seeCertificate(device.certificateId, 'ACTIVE')
    await readLogs(device.certificateId)
    await retire(device.certificateId, announcing.caCertificateId)
    await expect.poll(() => client.connected).toBe(false)
  },
)

async function toggleAutoRegistration(): Promise<RegisteredCa> {
  const ca = await registerCa(server, { allowAutoRegistration: false })
  const { caCertificateId } = ca
  await goTo(page, 'CAs')
  await heading(page, 'CA certificates').waitFor()
  const row = page.getByRole('row').filter({ hasText: caCertificateId })
  await row.getByText('DISABLE', { exact: true }).waitFor() // which AWS shows in the details alone
  await chooseInRow(page, caCertificateId, 'Enable auto-registration')
  await confirm(page, 'Enable auto-registration')
  await row.getByText('ENABLE', { exact: true }).waitFor()
  await row.getByRole('link').first().click()
  await heading(page, 'CA certificate').waitFor()
  for (const label of ['Disable auto-registration', 'Enable auto-registration', 'Deactivate', 'Activate']) {
    await press(page, label)
    await confirm(page, label)
  }
  await page.getByRole('button', { name: 'Deactivate', exact: true }).waitFor()
  const describe = new DescribeCACertificateCommand({ certificateId: caCertificateId })
  const { certificateDescription } = await server.iot.send(describe)
  expect(certificateDescription).toMatchObject({ status: 'ACTIVE', autoRegistrationStatus: 'ENABLE' })
  return ca
}

async function makeProvisioningRole(): Promise<void> {
  await goTo(page, 'Roles')
  await press(page, 'Create role')
  await expect.poll(() => page.getByRole('button', { name: 'Create role' }).isDisabled()).toBe(true)
  await page.getByRole('radio', { name: 'IoT', exact: true }).click()
  const policy = page.getByRole('checkbox', { name: 'Select AWSIoTThingsRegistration' })
  await expect.poll(() => policy.isChecked()).toBe(true)
  await page.getByLabel('Role name').fill('JITPRole')
  await page.getByLabel('Description - optional').fill('provisions devices')
  await isRight()
  await press(page, 'Create role')
  await heading(page, 'JITPRole').waitFor()
  await page.getByRole('link', { name: 'AWSIoTThingsRegistration' }).waitFor()
  const { Role } = await server.iam.send(new GetRoleCommand({ RoleName: 'JITPRole' }))
  expect(Role).toMatchObject({ Description: 'provisions devices' })
  expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toContain('"iot.amazonaws.com"')
}

async function registerByForm(): Promise<RegisteredCa> {
  const ca = makeCa({ subject: 'CN=Acme devices,O=Acme' })
  await goTo(page, 'CAs')
  await press(page, 'Register a CA')
  await page.getByText('Make the verification certificate').waitFor()
  await picture(visit, 'console-register-ca')
  const code = await copy('the registration code')
  await page.getByText(`-subj "/CN=${code}"`).waitFor()
  const files = {
    'CA certificate': ca.certificatePem,
    'verification certificate': makeVerificationCertificate(ca, code).certificatePem,
  }
  for (const [name, pem] of Object.entries(files)) {
    const file = join(server.dataDir, `${name}.pem`)
    writeFileSync(file, pem)
    const button = page.getByText(`Select ${name}`, { exact: true }).first()
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.click()])
    await chooser.setFiles(file)
  }
  for (const name of ['Activate CA certificate', 'Enable auto-registration of device certificates'])
    await page.getByRole('checkbox', { name }).check()
  await press(page, 'Register')
  await page.getByRole('button', { name: 'Disable auto-registration' }).waitFor()
  const caCertificateId = new URL(page.url()).pathname.split('/').at(-1)!
  const describe = new DescribeCACertificateCommand({ certificateId: caCertificateId })
  const { certificateDescription } = await server.iot.send(describe)
  expect(certificateDescription).toMatchObject({ status: 'ACTIVE', autoRegistrationStatus: 'ENABLE' })
  return { ...ca, caCertificateId }
}

async function giveTemplate({ caCertificateId }: RegisteredCa): Promise<void> {
  const statements = [{ Effect: 'Allow', Action: ['iot:Connect', 'iot:Publish'], Resource: '*' }]
  await tab(page, 'Registration configuration').click()
  await page.getByText(`$aws/events/certificates/registered/${caCertificateId}`).waitFor()
  await page.getByRole('tabpanel').getByRole('button', { name: 'Edit', exact: true }).click()
  await inDialog().getByRole('radio', { name: 'Run a template of its own' }).click()
  await inDialog().getByLabel('Template', { exact: true }).fill(provisioningTemplate({ statements }))
  await choose(page, 'Provisioning role', 'JITPRole')
  await confirm(page, 'Save changes')
}

async function copyEndpoint(): Promise<string> {
  await goTo(page, 'Settings')
  return copy('the endpoint')
}

async function logAtInfo(): Promise<void> {
  await press(page, 'Manage logs')
  await press(page, 'Create new role')
  const role = page.getByRole('dialog', { name: 'Create role' })
  await press(role, 'Create')
  await page.getByRole('button', { name: /^Role IoTLogging/ }).waitFor()
  await choose(page, 'Log level', 'INFO')
  await confirm(page, 'Update')
}

interface Provisioned {
  certificateId: string
  thingName: string
}

/** A device of the CA comes for the first time, while its message is waited for. */
async function provisionOne(ca: RegisteredCa): Promise<Provisioned> {
  await goTo(page, 'MQTT test client')
  await page.getByText('Connected', { exact: true }).waitFor()
  await page.getByLabel('Topic filter').fill('hello/world')
  await press(page, 'Subscribe')
  await page.getByRole('button', { name: 'Unsubscribe from hello/world' }).waitFor()
  const device = ca.issue({ subject: 'CN=lamp,C=FR' })
  const client = await connectUntilAdmitted(server, { ...device, clientId: 'lamp' })
  await client.publishAsync('hello/world', '{"hello":"world"}', { qos: 1 })
  await page.getByText('"hello": "world"').waitFor()
  await client.endAsync()
  return { certificateId: device.certificateId, thingName: 'lamp' }
}

async function verifyProvisioned({ certificateId, thingName }: Provisioned): Promise<void> {
  await goTo(page, 'Things')
  await page.getByRole('link', { name: thingName, exact: true }).click()
  await heading(page, thingName).waitFor()
  await page.getByText('FR', { exact: true }).waitFor()
  await page
    .getByRole('tabpanel')
    .getByRole('link', { name: certificateId.slice(0, 16) })
    .click()
  await heading(page, 'Certificate').waitFor()
  await page.getByText('ACTIVE', { exact: true }).first().waitFor()
  await tab(page, 'Policies').click()
  await page.getByRole('tabpanel').getByRole('link').first().click()
  await page.getByText('iot:Publish').first().waitFor()
}

async function addUser(): Promise<void> {
  await goTo(page, 'Users')
  await press(page, 'Create user')
  await page.getByLabel('User name').fill('builder')
  await page.getByRole('checkbox', { name: 'Programmatic access' }).check()
  await page.getByRole('searchbox', { name: 'Search policies' }).fill('AdministratorAccess')
  await page.getByRole('checkbox', { name: 'Select AdministratorAccess', exact: true }).check()
  await press(page, 'Create user')
  await heading(page, 'Retrieve access key').waitFor()
  await isRight()
  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Download .csv file')])
  const [head, row] = readFileSync(await download.path(), 'utf8').split('\r\n')
  expect(head).toBe('Access key ID,Secret access key')
  const [accessKeyId = '', secretAccessKey = ''] = row!.split(',')
  const credentials = { accessKeyId, secretAccessKey }
  const sts = new STSClient({ endpoint: visit.origin, region: server.endpoints.region, credentials })
  expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toMatch(/user\/builder$/)
  sts.destroy()
  await expect.poll(() => page.getByText(secretAccessKey).count()).toBe(0) // until one asks for it
  await press(page, 'Show')
  await page.getByText(secretAccessKey).waitFor()
  await press(page, 'Done')
  await heading(page, 'builder').waitFor()
  await page.getByRole('link', { name: 'AdministratorAccess', exact: true }).waitFor()
  await page.goBack()
  await expect.poll(() => page.getByText(secretAccessKey).count()).toBe(0)
}

/** The last part of the ARN, as the documents have it copied. */
async function copyCaId(caCertificateId: string): Promise<string> {
  await goTo(page, 'CAs')
  await page.getByRole('row').filter({ hasText: caCertificateId }).getByRole('link').first().click()
  const arn = await copy('the ARN')
  expect(arn).toBe(`arn:aws:iot:us-east-1:000000000000:cacert/${caCertificateId}`)
  return arn.split('/').at(-1)!
}

/** In the list, as soon as it says so. */
async function seeCertificate(certificateId: string, status: string): Promise<void> {
  await goTo(page, 'Certificates')
  await page.getByLabel('Find').fill(certificateId.slice(0, 12))
  const row = page.getByRole('row').filter({ hasText: certificateId })
  await row.getByText(status, { exact: true }).waitFor()
}

/** Those of the function, and those of IoT. */
async function readLogs(certificateId: string): Promise<void> {
  for (const [group, line] of [
    ['/aws/lambda/onboard', `activated ${certificateId}`],
    ['AWSIotLogsV2', certificateId],
  ] as const) {
    await goTo(page, 'Log groups')
    await page.getByRole('link', { name: group, exact: true }).click()
    await heading(page, group).waitFor()
    await press(page, 'Search log group')
    await page.getByRole('table').getByText(line).first().waitFor()
  }
  const about = page.getByRole('row').filter({ hasText: certificateId }).first()
  await about.getByRole('link', { name: 'Explain' }).click()
  await heading(page, 'Explain').waitFor()
  expect(new URL(page.url()).searchParams.get('subject')).toContain(certificateId)
}

async function retire(certificateId: string, caCertificateId: string): Promise<void> {
  await goTo(page, 'Certificates')
  await chooseInRow(page, certificateId, 'Deactivate')
  await confirm(page, 'Deactivate')
  await seeCertificate(certificateId, 'INACTIVE')
  await goTo(page, 'CAs')
  await page.getByRole('row').filter({ hasText: caCertificateId }).getByRole('link').first().click()
  await press(page, 'Actions')
  await page.getByRole('menuitem', { name: 'Revoke', exact: true }).click()
  await confirm(page, 'Revoke', 'revoke')
  await heading(page, 'CA certificates').waitFor()
  const describe = new DescribeCACertificateCommand({ certificateId: caCertificateId })
  await expect(server.iot.send(describe)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
}
