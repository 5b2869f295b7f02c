/** The search on top finds a page for whatever one has at hand. */
import {
  CreatePolicyCommand,
  CreateThingCommand,
  CreateTopicRuleCommand,
  RegisterCertificateWithoutCACommand,
} from '@aws-sdk/client-iot'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseCertificate } from '../../../src/lib/x509.ts'
import { makeCa } from '../../helpers/certificates.ts'
import { registerCa, type RegisteredCa } from '../../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { openVisit, sharedBrowser, signInByLink, type Visit } from './browser.ts'

let server: TestServer
let visit: Visit
let page: Page
let ca: RegisteredCa
/** `CN=meter-1` and `CN=meter-2`. */
let meters: ReturnType<typeof parseCertificate>[]

beforeAll(async () => {
  server = await startTestServer()
  ca = await registerCa(server)
  await server.iot.send(new CreateThingCommand({ thingName: 'lamp-1' }))
  const topicRulePayload = { sql: "SELECT * FROM 'a'", actions: [] }
  await server.iot.send(new CreateTopicRuleCommand({ ruleName: 'to_the_log', topicRulePayload }))
  const issuer = makeCa()
  meters = [1, 2].map((n) => parseCertificate(issuer.issue({ subject: `CN=meter-${n}` }).certificatePem))
  for (const { pem: certificatePem } of meters)
    await server.iot.send(new RegisterCertificateWithoutCACommand({ certificatePem, status: 'ACTIVE' }))
  const Statement = [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'lamps', policyDocument }))
  visit = await openVisit(await sharedBrowser(), server)
  page = visit.page
  page.setDefaultTimeout(20_000)
  await signInByLink(visit, server)
})
afterAll(async () => {
  await visit[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const shownPath = () => page.url().slice(`${visit.origin}/console`.length)

const explainOf = (meter: number) => `/explain?subject=${meters[meter]!.certificateId}`

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
  [
    'the beginning of the id of a CA',
    () => ca.caCertificateId.slice(0, 10),
    () => `/cas/${ca.caCertificateId}`,
  ],
  [
    'the beginning of the id of a certificate',
    () => meters[0]!.certificateId.slice(0, 10),
    () => explainOf(0),
  ],
  ['a serial number', () => meters[1]!.serialNumber.toLowerCase(), () => explainOf(1)],
  ['a serial number with colons', () => meters[1]!.serialNumber.match(/../g)!.join(':'), () => explainOf(1)],
  ['a CN', () => 'Meter-2', () => explainOf(1)],
  ['a rule', () => 'to_the_log', () => '/rules/to_the_log'],
  ['the beginning of several CNs', () => 'meter', () => '/search?q=meter'],
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

it('shows all that it found, and leads to each', async () => {
  await visit.open('/search?q=meter-')
  await page.getByText('ACTIVE · CN=meter-1').waitFor()
  await page.getByRole('link', { name: meters[1]!.certificateId }).click()
  await expect.poll(shownPath).toBe(explainOf(1))
  await visit.open('/search?q=nobody')
  await page.getByRole('link', { name: 'What the journal knows of it' }).click()
  await expect.poll(shownPath).toBe('/explain?subject=nobody')
})
