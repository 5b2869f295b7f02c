/** All other nodes of the cluster, asked at once. */
import type { Questions } from './questions.ts'

export interface Asking {
  /** Of who asks. */
  nodeName: string
  /** Names of those that serve. */
  members: () => readonly string[]
  questions: Pick<Questions, 'ask'>
}

interface Asked {
  nodeName: string
  /** Undefined when it has not answered in that time. */
  answer: unknown
}

export function askOthers(
  { nodeName, members, questions }: Asking,
  kind: string,
  question: object,
  timeoutMs: number,
): Promise<Asked[]> {
  const others = members().filter((other) => other !== nodeName)
  return Promise.all(
    others.map(async (other) => ({
      nodeName: other,
      answer: await questions.ask(other, kind, question, timeoutMs),
    })),
  )
}
