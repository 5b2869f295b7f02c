/** A page is looked at when it has come to rest. */
import type { Page } from 'playwright-core'

/** Colours that change, what slides, and what fades in; what turns for ever is left to it. */
const rest = `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  .then(() => Promise.all(document.getAnimations()
    .filter((animation) => animation.playState === 'running')
    .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime))
    .map((animation) => animation.finished.catch(() => undefined))))
  .then((settled) => settled.length)`

/** Of what one animation ends with, another may begin. */
export async function comeToRest(page: Page): Promise<void> {
  while ((await page.evaluate<number>(rest)) > 0);
}
