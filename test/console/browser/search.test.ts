/** The search on top finds a page for whatever one has at hand. */
import { CreatePolicyCommand, CreateThingCommand } from '@aws-sdk/client-iot'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerCa, type RegisteredCa } from '../../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { launchBrowser, openVisit, signInByLink, type Visit } from './browser.ts'

let browser: Browser
let server: TestServer
let visit: Visit
let page: Page
let ca: RegisteredCa

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startTestServer()
  ca = await registerCa(server)
  await server.iot.send(new CreateThingCommand({ thingName: 'lamp-1' }))
  const Statement = [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'lamps', policyDocument }))
  visit = await openVisit(browser, server)
  page = visit.page
  page.setDefaultTimeout(20_000)
  await signInByLink(visit, server)
})
afterAll(async () => {
  await visit[Symbol.asyncDispose]()
  await browser.close()
  await server[Symbol.asyncDispose]()
})

const shownPath = () => page.url().slice(`${visit.origin}/console`.length)

/** A page that has just come may not hear its keys yet. */
async function focusSearch(): Promise<void> {
  const focus = async () => {
    await page.keyboard.press('Control+k')
    return page.evaluate('document.activeElement?.tagName')
  }
  await expect.poll(focus).toBe('INPUT')
}

it.each<[string, () => string, () => string]>([
  ['the id of a CA', () => ca.caCertificateId, () => `/cas/${ca.caCertificateId}`],
  ['the id of another certificate', () => 'a'.repeat(64), () => `/explain?subject=${'a'.repeat(64)}`],
  ['a thing', () => 'lamp-1', () => '/explain?subject=lamp-1'],
  ['an ARN', () => 'arn:aws:iot:us-east-1:000000000000:policy/lamps', () => '/policies/lamps'],
  [
    'a certificate as text',
    () => ca.certificatePem.replaceAll('\n', ' '),
    () => `/cas/${ca.caCertificateId}`,
  ],
  ['what nobody knows', () => 'who?', () => '/explain?subject=who%3F'],
])('by %s', async (_title, what, path) => {
  await visit.open('/settings')
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  await focusSearch()
  await page.keyboard.insertText(what())
  await page.keyboard.press('Enter')
  await expect.poll(shownPath).toBe(path())
  expect(visit.faults).toEqual([])
})

it('by a certificate that is dropped anywhere', async () => {
  await visit.open('/settings')
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  const dropped = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([${JSON.stringify(ca.certificatePem)}], 'ca.pem'))
    return transfer
  })()`)
  await page.dispatchEvent('h1', 'drop', { dataTransfer: dropped })
  await expect.poll(shownPath).toBe(`/cas/${ca.caCertificateId}`)
})
