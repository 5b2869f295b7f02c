import type { MessageProperties } from '../../fabric/index.ts'
import type { GatewayLimits } from '../limits.ts'

export type MessageLimits = Pick<
  GatewayLimits,
  'maxPayloadBytes' | 'maxContentTypeBytes' | 'maxCorrelationDataBytes' | 'maxUserPropertyBytes'
>

/** Says which limit a message breaks. Source: AWS General Reference, "message broker and protocol limits". */
export function describeExcess(
  payload: Uint8Array,
  properties: MessageProperties | undefined,
  limits: MessageLimits,
): string | undefined {
  const { contentType = '', correlationData, userProperties } = properties ?? {}
  const sizes = [
    ['payload', payload.length, limits.maxPayloadBytes],
    ['content type', Buffer.byteLength(contentType), limits.maxContentTypeBytes],
    ['correlation data', correlationData?.length ?? 0, limits.maxCorrelationDataBytes],
    ['user properties', userProperties ? userPropertyBytes(userProperties) : 0, limits.maxUserPropertyBytes],
  ] as const
  const excess = sizes.find(([, bytes, limit]) => bytes > limit)
  return excess && `the ${excess[0]} of ${excess[1]} bytes is above the limit of ${excess[2]}`
}

function userPropertyBytes(properties: Record<string, string | string[]>): number {
  let bytes = 0
  for (const [name, values] of Object.entries(properties)) {
    for (const value of [values].flat()) bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  }
  return bytes
}
