import { randomUUID } from 'node:crypto'
import type { Message } from '../../fabric/in-process/index.ts'
import type { RuleMessage } from '../sql/index.ts'

/** A message that came in, as all its rules see it: they share it, so it is parsed once. */
export interface Arrival {
  message: RuleMessage
  hops: number
  traceId: string
  publisher: NonNullable<Message['publisher']>
}

/** A payload that is a small part of a larger buffer would keep all of it in memory while it waits. */
const maxWaste = 2

export function toArrival(
  { accountId, topic, payload, hops, publisher = {}, properties }: Message,
  now: Date,
  traceId: string = randomUUID(),
): Arrival {
  const { clientId, principal, sourceIp } = publisher
  const context = {
    accountId,
    now,
    random: Math.random,
    uuid: randomUUID,
    traceId,
    ...(clientId !== undefined && { clientId }),
    ...(principal !== undefined && { principal }),
    ...(sourceIp !== undefined && { sourceIp }),
    ...(properties && { properties }),
  }
  const isWasteful = payload.buffer.byteLength > payload.byteLength * maxWaste
  const own = isWasteful ? Uint8Array.from(payload) : payload
  return { message: { payload: own, topic, context }, hops: hops ?? 0, traceId, publisher }
}
