/** What PutLogEvents takes. Source: Amazon CloudWatch Logs API Reference, "PutLogEvents". */
import type { RejectedLogEventsInfo } from '@aws-sdk/client-cloudwatch-logs'
import { logsError } from '../logs-error.ts'

export interface InputEvent {
  /** Epoch milliseconds. */
  timestamp: number
  message: string
}

/** Where time draws its lines: epoch milliseconds. */
export interface TimeWindow {
  now: number
  /** What is older has expired by the group's retention; 0 without one. */
  expiry: number
}

const hourMs = 3_600_000
const maxAgeMs = 14 * 24 * hourMs
const maxAheadMs = 2 * hourMs
const maxSpanMs = 24 * hourMs
const maxBatchBytes = 1_048_576
const bytesBesideMessage = 26

/** What an event counts for, in storage and limits. */
export const bytesOf = (message: string): number => Buffer.byteLength(message) + bytesBesideMessage

/**
 * Pure. Divides a batch into the events to keep and those that time rules out.
 * @throws {AwsError} `InvalidParameterException` when the batch as a whole is refused
 */
export function decideAccepted(
  events: readonly InputEvent[],
  { now, expiry }: TimeWindow,
  maxEventBytes: number,
): { accepted: readonly InputEvent[]; rejected?: RejectedLogEventsInfo } {
  checkSizes(events, maxEventBytes)
  checkOrder(events)
  const tooOldEnd = countBefore(events, now - maxAgeMs)
  const expiredEnd = countBefore(events, expiry)
  const tooNewStart = countBefore(events, now + maxAheadMs + 1)
  const accepted = events.slice(Math.max(tooOldEnd, expiredEnd), tooNewStart)
  checkSpan(accepted)
  if (accepted.length === events.length) return { accepted }
  const rejected = {
    ...(tooNewStart < events.length && { tooNewLogEventStartIndex: tooNewStart }),
    ...(tooOldEnd > 0 && { tooOldLogEventEndIndex: tooOldEnd }),
    ...(expiredEnd > 0 && { expiredLogEventEndIndex: expiredEnd }),
  }
  return { accepted, rejected }
}

function checkSizes(events: readonly InputEvent[], maxEventBytes: number): void {
  let total = 0
  for (const { message } of events) {
    const bytes = bytesOf(message)
    total += bytes
    if (bytes > maxEventBytes)
      throw logsError(
        'InvalidParameterException',
        `Log event too large: ${bytes} bytes exceeds limit of ${maxEventBytes}`,
      )
  }
  if (total > maxBatchBytes)
    throw logsError(
      'InvalidParameterException',
      `Upload too large: ${total} bytes exceeds limit of ${maxBatchBytes}`,
    )
}

function checkOrder(events: readonly InputEvent[]): void {
  let last = 0
  for (const { timestamp } of events) {
    if (timestamp < last)
      throw logsError(
        'InvalidParameterException',
        'Log events in a single PutLogEvents request must be in chronological order.',
      )
    last = timestamp
  }
}

function checkSpan(events: readonly InputEvent[]): void {
  const first = events[0]?.timestamp ?? 0
  const last = events.at(-1)?.timestamp ?? 0
  if (last - first <= maxSpanMs) return
  throw logsError(
    'InvalidParameterException',
    'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
  )
}

/** How many of the ordered events are older than `time`. */
function countBefore(events: readonly InputEvent[], time: number): number {
  const index = events.findIndex(({ timestamp }) => timestamp >= time)
  return index === -1 ? events.length : index
}
