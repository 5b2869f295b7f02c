/** What keeps somebody out of a page, as axe finds it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface AxeResult {
  violations: { id: string; help: string; nodes: { html: string }[] }[]
}

/** Of the component kit itself, not of what is built with it. */
const ofTheKit = ({ id, nodes }: AxeResult['violations'][number]) =>
  id === 'aria-allowed-attr' && nodes.every(({ html }) => html.includes('aria-orientation'))

/** Colours that change, and what fades in, are judged when they have come to rest; what turns for ever is left to it. */
const rest = `Promise.all(document.getAnimations()
  .filter((animation) => animation.playState === 'running')
  .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime))
  .map((animation) => animation.finished.catch(() => undefined)))
  .then((settled) => settled.length)`

/** Of what one animation ends with, another may begin. */
async function comeToRest(page: Page): Promise<void> {
  while ((await page.evaluate<number>(rest)) > 0);
}

/** Each with the first place where it is. `onlyColors`: what the layout has to do with has been looked at already. */
export async function findViolations(page: Page, { onlyColors = false } = {}) {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(readFileSync(axe, 'utf8'))
  await comeToRest(page)
  const runOnly = onlyColors ? { runOnly: ['cat.color'] } : {}
  const options = JSON.stringify({ resultTypes: ['violations'], ...runOnly })
  const result = await page.evaluate<AxeResult>(`axe.run(document, ${options})`)
  return result.violations
    .filter((violation) => !ofTheKit(violation))
    .map(({ id, help, nodes }) => ({ id, help, at: nodes[0]?.html.slice(0, 200) }))
}
