/** Provisioning templates in the console. */
import { readFileSync } from 'node:fs'
import {
  CreatePolicyCommand,
  CreateProvisioningTemplateCommand,
  CreateProvisioningTemplateVersionCommand,
  DescribeProvisioningTemplateCommand,
  ListThingsCommand,
} from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { connectDevice } from '../../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../../helpers/jitp.ts'
import type { TestServer } from '../../helpers/server.ts'
import { findViolations } from './axe.ts'
import { picture, rewrite, type Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit
let provisioningRoleArn: string

visitEachTest(
  (here) => {
    ;({ server, visit } = here)
  },
  {
    prepare: async (given) => {
      provisioningRoleArn = await createProvisioningRole(given)
    },
  },
)

it('shows a template with its versions, what differs, and whose devices it provisions', async () => {
  const { page } = visit
  const templateName = 'lamps'
  const [first, second] = [
    provisioningTemplate(),
    provisioningTemplate({ attributes: { room: 'hall-of-lamps' } }),
  ]
  const create = { templateName, templateBody: first, provisioningRoleArn, type: 'JITP' as const }
  await server.iot.send(new CreateProvisioningTemplateCommand({ ...create, description: 'all lamps' }))
  await server.iot.send(new CreateProvisioningTemplateVersionCommand({ templateName, templateBody: second }))
  const ca = await registerCa(server, { registrationConfig: { templateName } })

  await page.getByRole('link', { name: 'Provisioning templates' }).click()
  await page.getByRole('link', { name: templateName }).click()
  await page.getByRole('heading', { name: templateName, level: 1 }).waitFor()
  await page.getByText('all lamps').waitFor()
  await page.getByRole('link', { name: ca.caCertificateId.slice(0, 16) }).waitFor()
  const body = page.getByRole('textbox', { name: 'Template, version 1' })
  await body.getByText('"ThingName"').waitFor()
  await expect.poll(() => body.getByText('hall-of-lamps').count()).toBe(0)

  await page.getByRole('button', { name: /^Version/ }).click()
  await page.getByRole('option', { name: '2' }).click()
  await page.getByRole('textbox', { name: 'Template, version 2' }).getByText('"hall-of-lamps"').waitFor()
  expect(await findViolations(page)).toEqual([])
  await page.getByRole('button', { name: /^Compare with/ }).click()
  await page.getByRole('option', { name: '1 (default)' }).click()
  await page
    .getByRole('group', { name: 'From version 1 to version 2' })
    .getByText('"room": "hall-of-lamps"')
    .waitFor()
  expect(await findViolations(page)).toEqual([])
  expect(new URL(page.url()).search).toBe('?version=2&with=1')

  await page.getByRole('row', { name: /^2 –/ }).getByRole('button', { name: 'Set as default' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Set as default' }).click()
  await page.getByRole('row', { name: /^2 Yes/ }).waitFor()
  const described = await server.iot.send(new DescribeProvisioningTemplateCommand({ templateName }))
  expect(described.defaultVersionId).toBe(2)
})

it('writes a template beside what it would make of a device, and nothing is made before it is created', async () => {
  const { page } = visit
  await page.getByRole('link', { name: 'Provisioning templates' }).click()
  await page.getByRole('button', { name: 'Create provisioning template' }).click()
  await page.getByRole('textbox', { name: 'Template name' }).fill('doors')
  await page.getByText('Choose an IAM role').click()
  await page.getByRole('option', { name: 'JITPRole' }).click()
  await page.getByText('The device would be let in as client device-1: connected').waitFor()
  await page.getByText('"ThingName": "device-1"').waitFor()

  const subject = page.getByRole('textbox', { name: 'Subject of the certificate' })
  await subject.fill('O=Acme')
  await page.getByText('The device would be refused: provisioning-failed').waitFor()
  await page.getByText('Missing', { exact: true }).first().waitFor()
  await subject.fill('C=NL, CN=door-1')
  await page.getByText('The device would be let in as client door-1: connected').waitFor()

  const editor = page.getByRole('textbox', { name: 'Template body' })
  await rewrite(editor, provisioningTemplate())
  await page.getByText('Statement 1 allows iot:Connect on everything: *.').waitFor()
  expect(await findViolations(page)).toEqual([])
  await rewrite(editor, provisioningTemplate({ policy: { PolicyName: 'gone' } }))
  await page.getByText('There is no policy gone.').waitFor()
  await rewrite(editor, '{"Resources": {}')
  await page.locator('.cm-lint-marker-error').waitFor()
  await rewrite(editor, provisioningTemplate())
  await page.getByText('The device would be let in as client door-1: connected').waitFor()
  await picture(visit, 'console-template')
  const { things } = await server.iot.send(new ListThingsCommand({}))
  expect(things).toEqual([])

  await page.getByRole('button', { name: 'Create template' }).click()
  await page.getByRole('heading', { name: 'doors', level: 1 }).waitFor()
  const ca = await registerCa(
    server,
    { registrationConfig: { templateName: 'doors' } },
    { subject: 'CN=Doors' },
  )
  const device = ca.issue({ subject: 'C=NL, CN=door-1' })
  await (await connectDevice(server, { ...device, clientId: 'door-1' })).endAsync()

  await visit.open('/templates/doors/edit')
  await page.getByRole('heading', { name: 'Create version of doors' }).waitFor()
  const next = page.getByRole('textbox', { name: 'Template body' })
  await rewrite(
    next,
    provisioningTemplate({ statements: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: '*' }] }),
  )
  await page.getByRole('textbox', { name: 'Subject of the certificate' }).fill('C=NL, CN=door-2')
  await page.getByText('The device would be refused as client door-2: connect-denied').waitFor()
  await page.getByRole('button', { name: 'Create version' }).click()
  await page.getByRole('row', { name: /^2 Yes/ }).waitFor()
})

it('tries a whole CA on a certificate, and inspects one', async () => {
  const { page } = visit
  const ca = await registerCa(server, {}, { subject: 'CN=Inspected' })
  const { certificatePem } = ca.issue({ subject: 'CN=someone' })
  await visit.open(`/cas/${ca.caCertificateId}`)
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Dry run' }).click()
  await page.getByText('The device would be turned away for now: registration-announced').waitFor()
  await page
    .getByRole('radio', { name: 'Certificate' })
    .or(page.getByRole('button', { name: 'Certificate', exact: true }))
    .click()
  await page.getByRole('textbox', { name: 'Device certificate' }).fill(certificatePem)
  await page.getByText('The device would be turned away for now: registration-announced').waitFor()

  await page.getByRole('link', { name: 'Inspect a certificate' }).click()
  await page.getByRole('textbox', { name: 'Certificate', exact: true }).fill(certificatePem)
  await page.getByText('CN=someone').waitFor()
  await page.getByRole('link', { name: ca.caCertificateId.slice(0, 16) }).waitFor()
  expect(await findViolations(page)).toEqual([])
  await page.getByRole('textbox', { name: 'Certificate', exact: true }).fill('hello')
  await page.getByText('text without a PEM block').waitFor()
})

it('gives a device that waits another try, one by one and all of a CA', async () => {
  const { page } = visit
  const templateBody = provisioningTemplate({ policy: { PolicyName: 'later' } })
  const registrationConfig = { templateBody, roleArn: provisioningRoleArn }
  const ca = await registerCa(server, { registrationConfig }, { subject: 'CN=Waiting' })
  const device = ca.issue({ subject: 'C=NL, CN=waiting' })
  await expect(connectDevice(server, device)).rejects.toThrow('closed')
  const policyDocument =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}}'

  await page.getByRole('link', { name: 'Waiting and refused' }).click()
  await page
    .getByRole('row', { name: /provisioning-failed/ })
    .getByRole('checkbox')
    .check()
  await page.getByRole('button', { name: 'Try again' }).click()
  const dialog = page.getByRole('dialog', { name: 'Try again' })
  await dialog.getByRole('button', { name: 'Try again' }).click()
  await dialog.waitFor({ state: 'hidden' })
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const csv = readFileSync(await (await downloading).path(), 'utf8')
  expect(csv).toContain(`provisioning-failed,`)
  expect(csv).toContain(device.certificateId)

  await server.iot.send(new CreatePolicyCommand({ policyName: 'later', policyDocument }))
  await visit.open(`/cas/${ca.caCertificateId}`)
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Try waiting devices again' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click()
  await page.getByText('1 provisioned').waitFor()
  await (await connectDevice(server, { ...device, clientId: 'waiting' })).endAsync()
})
