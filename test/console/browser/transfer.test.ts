/** A certificate that goes to another account, by two people at the console, each in an account of their own. */
import * as Iot from '@aws-sdk/client-iot'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openAccount, type AccountView } from '../../helpers/accounts.ts'
import type { TestServer } from '../../helpers/server.ts'
import { findViolations } from './axe.ts'
import { openVisit, signInByLink, type Visit } from './browser.ts'
import { confirm, heading, press, tab } from './person.ts'
import { visitEachTest, type Here } from './visit-each-test.ts'

let here: Here
let receiver: AccountView
let other: Visit
visitEachTest((now) => (here = now), {
  prepare: async (server) => {
    receiver = await openAccount(server, 'receiver')
  },
})
beforeEach(async () => {
  other = await openVisit(here.browser, here.server)
  other.page.setDefaultTimeout(60_000)
  await signInByLink(other, receiver as TestServer)
})
afterEach(async () => {
  await other[Symbol.asyncDispose]()
  if (other.faults.length > 0) throw new Error(other.faults.join('\n'))
})

async function chooseAction(page: Page, label: string): Promise<void> {
  await press(page, 'Actions')
  await page.getByRole('menuitem', { name: label, exact: true }).click()
}

const open = async (visit: Visit, certificateId: string) => {
  await visit.open(`/certificates/${certificateId}`)
  await heading(visit.page, 'Certificate').waitFor()
}

/** The form of it, sent. */
async function start(page: Page, message: string): Promise<void> {
  await chooseAction(page, 'Start transfer')
  const dialog = page.getByRole('dialog')
  const submit = dialog.getByRole('button', { name: 'Start transfer' })
  await expect.poll(() => submit.isDisabled()).toBe(true)
  await dialog.getByLabel('Account', { exact: true }).fill(receiver.endpoints.accountId)
  await dialog.getByLabel('Message - optional').fill(message)
  await confirm(page, 'Start transfer')
  await page.getByText('PENDING_TRANSFER', { exact: true }).waitFor()
}

const makeInactive = async () =>
  (await here.server.iot.send(new Iot.CreateKeysAndCertificateCommand({}))).certificateId ?? ''

const statusOf = async ({ iot }: Pick<AccountView, 'iot'>, certificateId: string) =>
  (await iot.send(new Iot.DescribeCertificateCommand({ certificateId }))).certificateDescription?.status

it('is not started while the certificate is ACTIVE, or something is attached to it', async () => {
  const { page, server, visit } = here
  const made = await server.iot.send(new Iot.CreateKeysAndCertificateCommand({ setAsActive: true }))
  const { certificateId = '', certificateArn: principal } = made
  await seeObstacle('Deactivate it first')
  await server.iot.send(new Iot.UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
  await server.iot.send(new Iot.CreateThingCommand({ thingName: 'lamp' }))
  await server.iot.send(new Iot.AttachThingPrincipalCommand({ thingName: 'lamp', principal }))
  await seeObstacle('Detach its policies and things first')

  async function seeObstacle(reason: string): Promise<void> {
    await open(visit, certificateId)
    await press(page, 'Actions')
    const item = page.getByRole('menuitem', { name: 'Start transfer' })
    await expect.poll(() => item.getAttribute('aria-disabled')).toBe('true')
    await item.hover()
    await page.getByText(reason).first().waitFor({ state: 'attached' })
  }
})

it('is started, cancelled, started again, and accepted as ACTIVE', async () => {
  const { page, server, visit } = here
  const certificateId = await makeInactive()
  await open(visit, certificateId)
  await start(page, 'a\u202Emistake')
  await page.getByText('a\\u202emistake').waitFor()
  await expect.poll(() => tab(page, 'Policies').count()).toBe(0)
  expect(await findViolations(page)).toEqual([])
  await press(page, 'Cancel transfer')
  await confirm(page, 'Cancel transfer')
  await tab(page, 'Policies').waitFor()
  expect(await statusOf(server, certificateId)).toBe('INACTIVE')

  await start(page, 'for the new site')
  await other.open('/certificates')
  await other.page.getByRole('row').filter({ hasText: certificateId }).getByRole('link').first().click()
  await other.page.getByText('for the new site').waitFor()
  await other.page.getByText(server.endpoints.accountId).first().waitFor()
  expect(await findViolations(other.page)).toEqual([])
  await press(other.page, 'Accept transfer')
  await other.page.getByRole('dialog').getByLabel('Active').check()
  await confirm(other.page, 'Accept transfer')
  await tab(other.page, 'Policies').waitFor()
  await other.page.getByText('ACTIVE', { exact: true }).waitFor()
  expect(await statusOf(receiver, certificateId)).toBe('ACTIVE')
  await visit.open(`/certificates/${certificateId}`)
  await page.getByText('there is no certificate').waitFor()
})

it('is rejected with a reason, which the account that gave it reads', async () => {
  const { page, server, visit } = here
  const certificateId = await makeInactive()
  await open(visit, certificateId)
  await start(page, '')
  await open(other, certificateId)
  await press(other.page, 'Reject transfer')
  await other.page.getByRole('dialog').getByLabel('Reason - optional').fill('not ours')
  await confirm(other.page, 'Reject transfer')
  await heading(other.page, 'Certificates').waitFor()
  await open(visit, certificateId)
  await page.getByText('not ours').waitFor()
  expect(await statusOf(server, certificateId)).toBe('INACTIVE')
})
