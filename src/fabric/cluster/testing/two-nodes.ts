import { openQuestions } from '../questions.ts'

/** Two nodes that hear each other. */
export function openTwoNodes() {
  const answers: Record<string, (question: Uint8Array) => Promise<Uint8Array>> = {}
  const errors: unknown[] = []
  const log = { error: (fields: object) => void errors.push(fields) } as never
  const busOf = (name: string) => ({
    onAsked: (answer: (question: Uint8Array) => Promise<Uint8Array>) => void (answers[name] = answer),
    ask: async (other: string, question: Uint8Array) => answers[other]?.(question).catch(() => undefined),
  })
  const [a, b] = ['a', 'b'].map((name) => openQuestions(busOf(name), log)) as [
    ReturnType<typeof openQuestions>,
    ReturnType<typeof openQuestions>,
  ]
  return { a, b, errors }
}
