/** Those that wait for a decision: what they are, and every decision about them. */
import { readFileSync } from 'node:fs'
import { DescribeCertificateCommand } from '@aws-sdk/client-iot'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { connectDevice } from '../../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../../helpers/jitp.ts'
import type { TestServer } from '../../helpers/server.ts'
import type { Visit } from './browser.ts'
import { confirm } from './person.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit
let page: Page
/** By CN. */
const ids = new Map<string, string>()

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  {
    isNowhere: true,
    timeoutMs: 20_000,
    async prepare(to) {
      const ca = await registerCa(to, { allowAutoRegistration: true })
      for (const name of ['lamp-1', 'lamp-2', 'lamp-3']) {
        const { certificateId, ...device } = ca.issue({ subject: `CN=${name}` })
        ids.set(name, certificateId)
        await connectDevice(to, device).catch(() => {}) // cut off, and waits
      }
    },
  },
)

const statusOf = async (name: string) => {
  const described = await server.iot.send(new DescribeCertificateCommand({ certificateId: ids.get(name)! }))
  return described.certificateDescription?.status
}

const waiting = async () =>
  (await page.locator('tbody').getByRole('link', { name: 'CN=' }).allInnerTexts()).toSorted()

async function decide(name: string, label: string): Promise<void> {
  await page.getByRole('checkbox', { name: `Select ${ids.get(name)}` }).check({ force: true })
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: label, exact: true }).click()
}

it('are listed, and exported as CSV', async () => {
  await visit.open('/refused')
  await page.getByRole('tab', { name: 'Waiting', exact: true }).click()
  await expect.poll(waiting).toEqual(['CN=lamp-1', 'CN=lamp-2', 'CN=lamp-3'])
  expect(new URL(page.url()).search).toBe('?tab=waiting')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export CSV' }).click(),
  ])
  const lines = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\r\n')
  expect(lines[0]).toBe('waits since,certificate id,subject,serial number,CA certificate id,why')
  expect(lines.slice(1).map((line) => line.split(',')[1])).toEqual(
    ['lamp-3', 'lamp-2', 'lamp-1'].map((name) => ids.get(name)),
  )
})

it('are tried again, one and all of a CA, which is written down', async () => {
  await visit.open('/refused?tab=waiting')
  await decide('lamp-1', 'Try again')
  await confirm(page, 'Try again')
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Try all of its CA again', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Try again', exact: true }).click()
  await page.getByRole('dialog').getByText('3 registration-announced').waitFor()
  await visit.open('/?code=retried')
  await expect.poll(() => page.getByText('retried', { exact: true }).count()).toBeGreaterThanOrEqual(4)
})

it('are let in, or kept out for good, and wait no more', async () => {
  await visit.open('/refused?tab=waiting')
  await decide('lamp-1', 'Activate')
  await confirm(page, 'Activate')
  await expect.poll(waiting).toEqual(['CN=lamp-2', 'CN=lamp-3'])
  expect(await statusOf('lamp-1')).toBe('ACTIVE')
  await decide('lamp-2', 'Revoke')
  await confirm(page, 'Revoke')
  await expect.poll(waiting).toEqual(['CN=lamp-3'])
  expect(await statusOf('lamp-2')).toBe('REVOKED')
})

/** Of a CA whose devices a person lets in, and whose template makes what they need. */
async function makeUnapproved(name: string) {
  const ca = await registerCa(server, {
    registrationConfig: {
      templateBody: provisioningTemplate(),
      roleArn: await createProvisioningRole(server, `role-of-${name}`),
    },
    tags: [{ Key: 'muster:first-connection', Value: 'approve' }],
  })
  const { certificateId, ...issued } = ca.issue({ subject: `CN=${name},C=FR` })
  const device = { ...issued, clientId: name }
  ids.set(name, certificateId)
  await connectDevice(server, device).catch(() => {}) // cut off, and waits for a person
  return device
}

it('are approved where their CA leaves it to a person, and only there', async () => {
  const device = await makeUnapproved('lamp-4')
  await visit.open('/refused?tab=waiting')
  await page.getByText('waits for approval').waitFor()
  const select = (name: string) => page.getByRole('checkbox', { name: `Select ${ids.get(name)}` })
  const approve = page.getByRole('menuitem', { name: 'Approve', exact: true })
  await select('lamp-3').check({ force: true })
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await expect.poll(() => approve.getAttribute('aria-disabled')).toBe('true')
  await page.keyboard.press('Escape')
  await select('lamp-3').uncheck({ force: true })
  await decide('lamp-4', 'Approve')
  await confirm(page, 'Approve')
  await expect.poll(waiting).toEqual(['CN=lamp-3'])
  expect(await statusOf('lamp-4')).toBe('ACTIVE')
  await (await connectDevice(server, device)).endAsync()
  await visit.open(`/explain?subject=${ids.get('lamp-4')}`)
  await page.getByText('approved', { exact: true }).first().waitFor()
})
