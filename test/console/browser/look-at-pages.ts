/** Looks at pages one after the other, in each size and scheme: nothing on them keeps anybody out. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { patienceMs } from '../../helpers/patience.ts'
import { findViolations } from './axe.ts'
import type { Visit } from './browser.ts'

const sizes = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
]
const schemes = ['light', 'dark'] as const

/** Answers that the page still waits for; its feed never ends. */
function countUnanswered(page: Page): () => number {
  const waiting = new Set<unknown>()
  page.on('request', (request) => {
    if (!request.url().endsWith('/console/events')) waiting.add(request)
  })
  for (const event of ['requestfinished', 'requestfailed'] as const)
    page.on(event as 'requestfinished', (request) => waiting.delete(request))
  return () => waiting.size
}

/**
 * What is wrong, by path. The first page is looked at as a whole, of the others what stands between the bar on top and the
 * navigation, which are the same on all. Pages follow each other as for who follows a link.
 */
export async function lookAtPages(visit: Visit, paths: readonly string[]): Promise<Record<string, unknown>> {
  const { page } = visit
  page.setDefaultTimeout(patienceMs)
  const unanswered = countUnanswered(page)
  const isStill = async () => {
    const loading = page.locator('#content').getByText(/^Loading/)
    return unanswered() === 0 && (await page.locator('h1').count()) > 0 && (await loading.count()) === 0
  }
  const found: Record<string, unknown> = {}
  for (const [at, path] of paths.entries()) {
    await page.setViewportSize(sizes[0]!)
    await page.evaluate(`history.pushState({}, '', ${JSON.stringify(path)})`)
    await expect.poll(isStill, { message: path }).toBe(true)
    const violations = await lookInAll(page, { isWhole: at === 0 })
    if (violations.length > 0) found[path] = violations
  }
  return found
}

/** The scheme is a matter of colours alone. */
async function lookInAll(page: Page, { isWhole }: { isWhole: boolean }): Promise<unknown[]> {
  const found: unknown[] = []
  for (const size of sizes) {
    await page.setViewportSize(size)
    for (const colorScheme of schemes) {
      const isDark = colorScheme === 'dark'
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.locator(isDark ? 'body.awsui-dark-mode' : 'body:not(.awsui-dark-mode)').waitFor()
      const violations = await findViolations(page, { onlyColors: isDark, isWhole })
      if (violations.length > 0) found.push({ ...size, colorScheme, violations })
    }
  }
  return found
}
