import { forOneAccount } from '../../../../test/helpers/for-one-account.ts'
import { openTestMessages, type TestMessages } from '../../data-plane/testing/test-messages.ts'
import type { Message } from '../../../fabric/in-process/index.ts'
import { createShadows, type Shadows, type ShadowsDeps } from '../shadows.ts'

export const accountId = '123456789012'

export interface TestShadows extends AsyncDisposable {
  shadows: Shadows
  messages: TestMessages
  clock: { now: Date }
  errors: unknown[]
  /** What the service published, by what stands behind `$aws/things/`. */
  heard: { topic: string; json: unknown; message: Message }[]
  /** Publishes to a topic below `$aws/things/`; resolves once it may be acknowledged. */
  publish: (topic: string, payload?: unknown, more?: Partial<Message>) => Promise<void>
}

/** On a database of its own; the clock stands still. */
export async function openTestShadows(options: Partial<ShadowsDeps> = {}): Promise<TestShadows> {
  const messages = await openTestMessages()
  const clock = { now: new Date(1_000_000_000_999) }
  const errors: unknown[] = []
  const heard = listen(messages)
  const { fabric, store } = messages
  const shadows = await createShadows({
    store,
    fabric,
    messages,
    forEachAccount: forOneAccount(accountId),
    now: () => clock.now,
    log: { error: (...parts: unknown[]) => void errors.push(parts) },
    ...options,
  })
  return {
    shadows,
    messages,
    clock,
    errors,
    heard,
    async publish(topic, payload = '', more = {}) {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
      await messages.publish({
        accountId,
        topic: `$aws/things/${topic}`,
        payload: Buffer.from(text),
        qos: 1,
        retain: false,
        ...more,
      })
    },
    async [Symbol.asyncDispose]() {
      await shadows[Symbol.asyncDispose]()
      await messages[Symbol.asyncDispose]()
    },
  }
}

function listen({ fabric }: TestMessages): TestShadows['heard'] {
  const heard: TestShadows['heard'] = []
  fabric.subscribe(accountId, '$aws/things/#', (message) => {
    const topic = message.topic.slice('$aws/things/'.length)
    if (!/\/(accepted|rejected|delta|documents)$/.test(topic)) return
    heard.push({ topic, json: JSON.parse(Buffer.from(message.payload).toString()), message })
  })
  return heard
}
