/** Does what a plan asks for. What was done stays; the next plan asks for the rest. */
import { textOfFailure } from './call-error.ts'
import { inParallel } from './in-parallel.ts'
import { isStep, type Finding, type Item, type KindName, type Step } from './items.ts'

/** What became of an item. */
export interface Outcome {
  kind: KindName
  name: string
  state: Finding['state'] | 'made' | 'changed' | 'failed'
  why?: string
}

/** Told after each step. */
export type Watch = (progress: { kind: KindName; done: number; of: number }) => void

/** In the order of the plan: a kind after the other, and within a kind rank by rank. */
export async function carryOut(plan: readonly Item[], watch: Watch): Promise<Outcome[]> {
  const outcomes: Outcome[] = plan.filter((item): item is Finding => !isStep(item))
  for (const [kind, steps] of Map.groupBy(plan.filter(isStep), (step) => step.kind)) {
    let done = 0
    for (const [, wave] of Map.groupBy(steps, ({ rank = 0 }) => rank))
      await inParallel(wave, async (step) => {
        outcomes.push(await take(step))
        done += 1
        watch({ kind, done, of: steps.length })
      })
  }
  return outcomes
}

async function take({ kind, name, state, why, carryOut: work }: Step): Promise<Outcome> {
  try {
    await work()
    return { kind, name, state: state === 'make' ? 'made' : 'changed', ...(why !== undefined && { why }) }
  } catch (error) {
    return { kind, name, state: 'failed', why: textOfFailure(error) }
  }
}
