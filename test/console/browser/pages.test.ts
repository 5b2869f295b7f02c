/** Every page of the navigation: no error, no violation of its policy, nothing that keeps somebody out. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { findViolations } from './axe.ts'
import { addResources } from './resources.ts'
import { launchBrowser, openVisit, signInByLink, type Visit } from './browser.ts'

/** Looked at beside each other, so that one is drawn while another is loaded. */
const tabCount = 2

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
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
]
const schemes = ['light', 'dark'] as const

/** On the page that is open, in each size and scheme: the scheme is a matter of colours alone. */
async function findViolationsInAll(page: Page): Promise<unknown[]> {
  const found: unknown[] = []
  for (const size of sizes) {
    await page.setViewportSize(size)
    for (const colorScheme of schemes) {
      const isDark = colorScheme === 'dark'
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.locator(isDark ? 'body.awsui-dark-mode' : 'body:not(.awsui-dark-mode)').waitFor()
      if ((await findViolations(page, { onlyColors: isDark })).length === 0) continue
      await page.waitForTimeout(1000) // colours that were on their way have come by then
      const violations = await findViolations(page)
      if (violations.length > 0) found.push({ ...size, colorScheme, violations })
    }
  }
  return found
}

/** Those of the navigation, once somebody is signed in. */
async function pathsOfNavigation({ page }: Visit): Promise<string[]> {
  const links = page.getByRole('navigation', { name: 'Navigation' }).getByRole('link')
  await links.first().waitFor()
  return links.evaluateAll((all) => all.map((link) => (link as unknown as { pathname: string }).pathname))
}

it('are right, wide and narrow, light and dark', { timeout: 20 * 60_000 }, async () => {
  await using visit = await openVisit(browser, server, { width: 1280 })
  await signInByLink(visit, server)
  const paths = await pathsOfNavigation(visit)
  expect(paths.length).toBeGreaterThan(15)
  const others = (await addResources(server)).map((path) => `/console${path}`)
  const found: Record<string, unknown> = {}
  const queue = [...paths, ...others].values()
  const tabs = await Promise.all(Array.from({ length: tabCount }, () => visit.context.newPage()))
  await Promise.all(
    tabs.map(async (page) => {
      page.setDefaultTimeout(60_000)
      for (const path of queue) {
        await page.goto(`${visit.origin}${path}`)
        await page.getByRole('heading', { level: 1 }).first().waitFor()
        await page.waitForTimeout(300) // what is loading is shown by then, or is not there either
        const violations = await findViolationsInAll(page)
        if (violations.length > 0) found[path] = violations
      }
    }),
  )
  expect(found).toEqual({})
  expect(visit.faults).toEqual([])
})
