import type { Action } from '../../kit/action.ts'

export const retainedHref = (topic: string) => `/retained-messages/message?topic=${encodeURIComponent(topic)}`

/** An empty retained message takes away the one that is there. [MQTT-3.3.1-10] */
const clear = (topic: string) => ({
  service: 'iot-data',
  operation: 'Publish',
  input: { topic, retain: true, qos: 1 },
})

/** What can be done to retained messages; `onGone` once they are deleted. */
export const retainedActions = (topics: readonly string[], onGone?: () => void): readonly Action[] => [
  {
    label: 'Delete',
    operation: topics.map(clear),
    question: 'An empty message is published to the topic, which takes the retained one away.',
    disabledReason: topics.length === 0 ? 'Select a message first' : undefined,
    onDone: onGone,
  },
]
