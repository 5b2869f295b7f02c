/** Provisioning templates in the console. */
import {
  CreateProvisioningTemplateCommand,
  CreateProvisioningTemplateVersionCommand,
  DescribeProvisioningTemplateCommand,
} from '@aws-sdk/client-iot'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { findViolations } from './axe.ts'
import { launchBrowser, openVisit, signInByLink, type Visit } from './browser.ts'

let browser: Browser
let server: TestServer
let visit: Visit
let provisioningRoleArn: string

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startTestServer()
  provisioningRoleArn = await createProvisioningRole(server)
})
afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
})
beforeEach(async () => {
  visit = await openVisit(browser, server)
  visit.page.setDefaultTimeout(60_000)
  await signInByLink(visit, server)
})
afterEach(async () => {
  await visit[Symbol.asyncDispose]()
  if (visit.faults.length > 0) throw new Error(visit.faults.join('\n'))
})

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
  expect(await body.getByText('hall-of-lamps').count()).toBe(0)

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
