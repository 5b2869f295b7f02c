/** What one node asks another one, by name, and what it answers. */
import { deserialize, serialize } from 'node:v8'
import type { Log } from '../../lib/log.ts'
import type { Bus } from './bus.ts'

export interface Questions {
  /** Undefined when the node does not answer in that time. */
  ask: (nodeName: string, kind: string, question: unknown, timeoutMs: number) => Promise<unknown>
  /** How questions of that kind are answered here. */
  onAsked: (kind: string, answer: (question: never) => Promise<unknown>) => void
}

interface Asked {
  kind: string
  question: unknown
}

export function openQuestions(bus: Pick<Bus, 'ask' | 'onAsked'>, log: Pick<Log, 'error'>): Questions {
  const answers = new Map<string, (question: never) => Promise<unknown>>()
  bus.onAsked(async (content) => {
    const { kind, question } = deserialize(content) as Asked
    try {
      return serialize(await answers.get(kind)?.(question as never))
    } catch (error) {
      log.error({ error, kind }, 'what another node asked could not be answered')
      throw error
    }
  })
  return {
    async ask(nodeName, kind, question, timeoutMs) {
      const answer = await bus.ask(nodeName, serialize({ kind, question } satisfies Asked), timeoutMs)
      return answer && (deserialize(answer) as unknown)
    },
    onAsked: (kind, answer) => void answers.set(kind, answer),
  }
}
