/** Where an event stands among the others of its group: by timestamp, then in the order of coming in. */
import { logsError } from '../logs-error.ts'

export interface EventPosition {
  /** Epoch milliseconds. */
  timestamp: number
  eventId: number
}

/** A page read forward begins after the position, one read backward ends before it. */
export interface PageToken {
  direction: 'forward' | 'backward'
  position: EventPosition
}

const timestampDigits = 20
const eventIdDigits = 36
const positionPattern = new RegExp(`^(\\d{${timestampDigits}})(\\d{${eventIdDigits}})$`)

/** 56 digits, as an event's id has them; their order is that of the events. */
export function formatPosition({ timestamp, eventId }: EventPosition): string {
  return String(timestamp).padStart(timestampDigits, '0') + String(eventId).padStart(eventIdDigits, '0')
}

/** @throws {AwsError} `InvalidParameterException` */
export function parsePosition(text: string): EventPosition {
  const [, timestamp, eventId] = positionPattern.exec(text) ?? []
  const position = { timestamp: Number(timestamp), eventId: Number(eventId) }
  if (Number.isSafeInteger(position.timestamp) && Number.isSafeInteger(position.eventId)) return position
  throw logsError('InvalidParameterException', 'The specified nextToken is invalid.')
}

export function formatPageToken({ direction, position }: PageToken): string {
  return `${direction === 'forward' ? 'f' : 'b'}/${formatPosition(position)}/s`
}

/** @throws {AwsError} `InvalidParameterException` */
export function parsePageToken(token: string): PageToken {
  const [, letter, digits = ''] = /^([fb])\/(.*)\/s$/.exec(token) ?? []
  return { direction: letter === 'b' ? 'backward' : 'forward', position: parsePosition(digits) }
}
