/** Every page of the navigation: no error, no violation of its policy, nothing that keeps somebody out. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { findViolations } from './axe.ts'
import { addResources } from './resources.ts'
import { launchBrowser, openVisit, signInByLink } from './browser.ts'

let browser: Browser
let server: TestServer
beforeAll(async () => {
  browser = await launchBrowser()
  server = await startTestServer()
})
afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
})

it.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)('are right at %i px, %s', async (width, scheme) => {
  await using visit = await openVisit(browser, server, { width, scheme })
  const { page } = visit
  page.setDefaultTimeout(60_000)
  await signInByLink(visit, server)
  if (width < 700) await page.getByRole('button', { name: 'Open navigation' }).click()
  const links = page.getByRole('navigation', { name: 'Navigation' }).getByRole('link')
  await links.first().waitFor()
  const paths = await links.evaluateAll((all) =>
    all.map((link) => (link as unknown as { pathname: string }).pathname),
  )
  expect(paths.length).toBeGreaterThan(15)
  const others = (await addResources(server)).map((path) => `/console${path}`)
  const found: Record<string, unknown> = {}
  for (const path of [...paths, ...others]) {
    await page.goto(`${visit.origin}${path}`)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.waitForTimeout(300) // what is loading is shown by then, or is not there either
    const violations = await findViolations(page)
    if (violations.length > 0) found[path] = violations
  }
  expect(found).toEqual({})
  expect(visit.faults).toEqual([])
})
