/** What keeps somebody out of a page, as axe finds it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { comeToRest } from './rest.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface AxeResult {
  violations: { id: string; help: string; nodes: { html: string }[] }[]
}

/** Of the component kit itself, not of what is built with it. */
const ofTheKit = ({ id, nodes }: AxeResult['violations'][number]) =>
  id === 'aria-allowed-attr' && nodes.every(({ html }) => html.includes('aria-orientation'))

/** What stands around each page. */
const frame = ['#top', 'nav']

/** Those of level A and AA, which axe asks by itself. */
const colorRules = ['color-contrast', 'link-in-text-block']

interface Looking {
  /** What the layout has to do with has been looked at already. */
  onlyColors?: boolean
  /** With what stands around the page, which is the same on all. */
  isWhole?: boolean
}

/** Each with the first place where it is. */
export async function findViolations(page: Page, { onlyColors = false, isWhole = true }: Looking = {}) {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(readFileSync(axe, 'utf8'))
  await comeToRest(page)
  const runOnly = onlyColors ? { runOnly: colorRules } : {}
  const options = JSON.stringify({ resultTypes: ['violations'], ...runOnly })
  const context = isWhole ? 'document' : JSON.stringify({ exclude: frame })
  const result = await page.evaluate<AxeResult>(`axe.run(${context}, ${options})`)
  return result.violations
    .filter((violation) => !ofTheKit(violation))
    .map(({ id, help, nodes }) => ({ id, help, at: nodes[0]?.html.slice(0, 200) }))
}
