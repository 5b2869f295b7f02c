/**
 * What an event for a function carries of the message that it came of, so that its failure, minutes later or after a
 * restart, is told as one of that message.
 */
import type { Message } from '../../fabric/in-process/index.ts'
import type { Execution } from './action.ts'

export interface InvocationMemo {
  ruleName: string
  functionArn: string
  traceId?: string
  message: Message
}

interface StoredMemo extends Omit<InvocationMemo, 'message'> {
  topic: string
  /** Base64. */
  payload: string
  hops: number
  publisher: NonNullable<Message['publisher']>
}

export function toMemo({ rule, message, hops }: Execution, functionArn: string): string {
  const { clientId, principal, sourceIp, traceId } = message.context
  const memo: StoredMemo = {
    ruleName: rule.ruleName,
    functionArn,
    ...(traceId !== undefined && { traceId }),
    topic: message.topic,
    payload: Buffer.from(message.payload).toString('base64'),
    hops,
    publisher: {
      ...(clientId !== undefined && { clientId }),
      ...(principal !== undefined && { principal }),
      ...(sourceIp !== undefined && { sourceIp }),
    },
  }
  return JSON.stringify(memo)
}

/** `text` is from `toMemo`. */
export function readMemo(accountId: string, text: string): InvocationMemo {
  const { payload, topic, hops, publisher, ...memo } = JSON.parse(text) as StoredMemo
  const bytes = Buffer.from(payload, 'base64')
  const message = { accountId, topic, payload: bytes, qos: 0, retain: false, hops, publisher } as const
  return { ...memo, message }
}
