/** What can be done by keyboard alone: no step here uses a mouse. */
import { GetRegistrationCodeCommand } from '@aws-sdk/client-iot'
import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { makeCa, makeVerificationCertificate, type TestCa } from '../../helpers/certificates.ts'
import { connectDevice } from '../../helpers/device.ts'
import type { TestServer } from '../../helpers/server.ts'
import type { Visit } from './browser.ts'
import { visitEachTest } from './visit-each-test.ts'

let server: TestServer
let visit: Visit
let page: Page

visitEachTest((here) => {
  ;({ server, visit, page } = here)
})

const button = (name: string, scope: Page | Locator = page) =>
  scope.getByRole('button', { name, exact: true })
const isFocused = (part: Locator) => part.evaluate((element) => element.matches(':focus'))

/** What has the focus, for the message of a failure. */
const focused = () =>
  page.evaluate<string>(
    '(({ tagName, ariaLabel, innerText }) => [tagName, ariaLabel, innerText?.slice(0, 40)].join(" "))(document.activeElement)',
  )

/** By the tabulator, which may not be needed more often than `atMost`: what is done often is near. */
async function tabTo(part: Locator, atMost: number): Promise<void> {
  await part.first().waitFor()
  const passed: string[] = []
  for (let pressed = 0; pressed <= atMost; pressed += 1) {
    if (await isFocused(part.first())) return
    passed.push(await focused())
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard did not come there, but past:\n${passed.join('\n')}`)
}

async function pressAt(part: Locator, atMost: number): Promise<void> {
  await tabTo(part, atMost)
  await page.keyboard.press('Enter')
}

/** Says yes to the question of a button. */
async function pressAndConfirm(label: string, atMost: number): Promise<void> {
  await pressAt(button(label), atMost)
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await pressAt(button(label, dialog), 5)
  await dialog.waitFor({ state: 'detached' })
}

/** Into the field that has the focus, from the clipboard. */
async function paste(text: string): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
  await page.keyboard.press('ControlOrMeta+v')
}

async function registerByKeyboard(ca: TestCa): Promise<void> {
  await pressAt(page.getByRole('link', { name: 'Register a CA', exact: true }), 30)
  await pressAt(button('Copy the registration code'), 5)
  await page.getByText('Copied').first().waitFor()
  const code = await page.evaluate<string>('navigator.clipboard.readText()')
  const { registrationCode } = await server.iot.send(new GetRegistrationCodeCommand({}))
  expect(code).toBe(registrationCode)
  await tabTo(page.getByRole('textbox', { name: 'CA certificate', exact: true }), 5)
  await paste(ca.certificatePem)
  await tabTo(page.getByRole('textbox', { name: 'Verification certificate' }), 5)
  await paste(makeVerificationCertificate(ca, code).certificatePem)
  const activate = page.getByRole('checkbox', { name: 'Activate CA certificate' })
  await tabTo(activate, 5)
  await page.keyboard.press('Space')
  await expect.poll(() => activate.isChecked()).toBe(false)
  await page.keyboard.press('Space')
  await expect.poll(() => activate.isChecked()).toBe(true)
  await tabTo(page.getByRole('checkbox', { name: 'Enable auto-registration' }), 3)
  await page.keyboard.press('Space')
  await pressAt(button('Register'), 8)
  await button('Enable auto-registration').waitFor()
}

it('registers a CA, finds why its device is refused, and lets it in', { timeout: 15 * 60_000 }, async () => {
  await visit.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const ca = makeCa({ subject: 'CN=Acme devices' })
  await registerByKeyboard(ca)
  const { certificateId, ...device } = ca.issue({ subject: 'CN=lamp' })
  const attempt = () => connectDevice(server, { ...device, clientId: 'lamp' })
  await expect(attempt()).rejects.toThrow('closed')

  await page.keyboard.press('/')
  await page.keyboard.type(certificateId)
  await page.keyboard.press('Enter')
  await page.getByText('auto-registration-off').first().waitFor()
  await pressAndConfirm('Enable auto-registration', 6)
  await expect(attempt()).rejects.toThrow('closed')
  await page.getByText('registration-announced').first().waitFor() // of itself
  await pressAndConfirm('Activate the certificate', 6)
  await expect(attempt()).rejects.toThrow(/./)
  await page.getByText('connect-denied').first().waitFor()
  await pressAndConfirm('Attach the suggested statement', 6)
  await (await attempt()).endAsync()
  await page.getByText('connected', { exact: true }).first().waitFor()
})

it('skips what stands around a page, and leaves menus and dialogs to where it was', async () => {
  await visit.open('/cas')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await pressAt(page.getByRole('link', { name: 'Skip to the page' }), 1)
  await tabTo(button('Refresh'), 1)
  await pressAt(button('Register a CA'), 3)
  await page.getByRole('heading', { name: 'Register a CA certificate' }).waitFor()

  await page.keyboard.press('Control+k')
  await page.keyboard.type('settings of nobody')
  await page.keyboard.press('Escape')
  await visit.open('/settings')
  await pressAt(button('Manage logs'), 60)
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect.poll(() => isFocused(button('Manage logs'))).toBe(true)
})
