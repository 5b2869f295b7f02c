/** Every page of the navigation: no error, no violation of its policy, nothing that keeps somebody out. */
import type { Browser, Page } from 'playwright-core'
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

const sizes = [
  [1280, 900],
  [390, 844],
] as const
const schemes = ['light', 'dark'] as const

/** On the page that is open, in each size and scheme. */
async function findViolationsInAll(page: Page): Promise<unknown[]> {
  const found: unknown[] = []
  for (const [width, height] of sizes)
    for (const colorScheme of schemes) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const isDark = colorScheme === 'dark'
      await page.locator(isDark ? 'body.awsui-dark-mode' : 'body:not(.awsui-dark-mode)').waitFor()
      if ((await findViolations(page)).length === 0) continue
      await page.waitForTimeout(1000) // colours that were on their way have come by then
      const violations = await findViolations(page)
      if (violations.length > 0) found.push({ width, colorScheme, violations })
    }
  return found
}

it('are right, wide and narrow, light and dark', { timeout: 20 * 60_000 }, async () => {
  await using visit = await openVisit(browser, server, { width: 1280 })
  const { page } = visit
  page.setDefaultTimeout(60_000)
  await signInByLink(visit, server)
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
    const violations = await findViolationsInAll(page)
    if (violations.length > 0) found[path] = violations
  }
  expect(found).toEqual({})
  expect(visit.faults).toEqual([])
})
