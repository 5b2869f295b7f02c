import { toBase64 } from './payload.ts'
import type { Message } from './traffic.ts'

/** A file of JSON: payloads in base64, and as text where they are some. */
export function exportMessages(messages: readonly Message[]): void {
  const text = JSON.stringify(messages.map(toJson), undefined, 2)
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'messages.json'
  link.click()
  URL.revokeObjectURL(url)
}

function toJson({ at, topic, payload, qos, isRetained, properties }: Message) {
  const { correlationData, ...others } = properties ?? {}
  return {
    at: new Date(at).toISOString(),
    topic,
    qos,
    retain: isRetained,
    payload: toBase64(payload),
    ...textOf(payload),
    ...(properties && {
      properties: { ...others, ...(correlationData && { correlationData: toBase64(correlationData) }) },
    }),
  }
}

function textOf(payload: Uint8Array): { text?: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(payload) }
  } catch {
    return {}
  }
}
