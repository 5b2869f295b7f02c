import type { Work } from './dispatcher.ts'
import type { RuleFault } from './rule-log.ts'

/** What the action for errors gets: one message for all failures. AWS IoT Developer Guide, "Error handling". */
export function errorPayload({ rule, arrival }: Work, faults: readonly RuleFault[]): Uint8Array {
  const { message, traceId, publisher } = arrival
  return Buffer.from(
    JSON.stringify({
      ruleName: rule.identity.ruleName,
      topic: message.topic,
      cloudwatchTraceId: traceId,
      clientId: publisher.clientId ?? 'n/a',
      base64OriginalPayload: Buffer.from(message.payload).toString('base64'),
      failures: faults.map(({ failedAction, failedResource, errorMessage }) => ({
        failedAction,
        failedResource,
        errorMessage,
      })),
    }),
  )
}
