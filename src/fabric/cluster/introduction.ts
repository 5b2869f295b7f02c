/** A node that begins to serve makes itself known, so that the others ask it from then on. */
import { askOthers, type Asking } from './ask-others.ts'
import type { Questions } from './questions.ts'

const kind = 'introduction'

/** Who does not answer by then has it from the database, with its next renewal. */
const answerWithinMs = 2000

/** Resolves when each of them knows who is a member by now, or has not answered. */
export async function introduce(asking: Asking): Promise<void> {
  await askOthers(asking, kind, {}, answerWithinMs)
}

/** `look`: at who is a member. */
export function onIntroduced({ onAsked }: Pick<Questions, 'onAsked'>, look: () => Promise<void>): void {
  onAsked(kind, look)
}
