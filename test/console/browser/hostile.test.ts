/** What devices and others call themselves is text on every page that shows it. */
import * as Iot from '@aws-sdk/client-iot'
import { UpdateThingShadowCommand, IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerCa } from '../../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { launchBrowser, openVisit, signInByLink, type Visit } from './browser.ts'

const markup = '<img src=x onerror="document.title=1">'
const reversed = 'invoice\u202Efdp.exe'
const long = 'x'.repeat(8 * 1024)

let browser: Browser
let server: TestServer
let visit: Visit
let page: Page

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startTestServer()
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

/** No script of a name has run, and nothing was asked for. */
async function expectQuiet(): Promise<void> {
  await expect.poll(() => page.title()).toBe('Muster')
  await expect.poll(() => page.locator('img[src=x]').count()).toBe(0)
  expect(visit.faults).toEqual([])
}

it('tags, descriptions, and shadows', async () => {
  const ca = await registerCa(server)
  const resourceArn = `arn:aws:iot:us-east-1:000000000000:cacert/${ca.caCertificateId}`
  await server.iot.send(
    new Iot.TagResourceCommand({ resourceArn, tags: [{ Key: 'owner', Value: 'a+b @ https://x/y=z' }] }),
  )
  await visit.open(`/cas/${ca.caCertificateId}?tab=tags`)
  await page.getByText('a+b @ https://x/y=z').waitFor()
  await server.iot.send(new Iot.CreateThingCommand({ thingName: 'lamp-1' }))
  const { apiUrl, region } = server.endpoints
  const data = new IoTDataPlaneClient({ endpoint: apiUrl, region, credentials: server.rootKey })
  const state = { reported: { note: markup, name: reversed, nothing: 'a\u0000b', fill: long.slice(0, 4000) } }
  await data.send(
    new UpdateThingShadowCommand({
      thingName: 'lamp-1',
      payload: Buffer.from(JSON.stringify({ state })),
    }),
  )
  await visit.open('/things/lamp-1?tab=shadows')
  await page.getByText('invoice\\u202efdp.exe').first().waitFor()
  await page.getByText('onerror').first().waitFor()
  await expectQuiet()
})

it('what is searched for, and what stands in the address', async () => {
  const search = page.getByRole('searchbox', { name: 'Search' })
  for (const text of [markup, reversed, long]) {
    await search.fill(text)
    await search.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Explain' }).waitFor()
    await page
      .getByText(/Nothing is recorded about|414|must be/)
      .first()
      .waitFor()
    await expectQuiet()
  }
})
