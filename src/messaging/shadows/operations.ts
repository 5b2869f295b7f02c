import type * as IotData from '@aws-sdk/client-iot-data-plane'
import type { Operations } from '../../api/aws/operations.ts'
import { dataPlaneError } from '../data-plane/index.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'
import { ShadowError, type ShadowErrorCode } from './shadow-error.ts'
import type { ShadowId, ShadowMethod } from './shadow-topics.ts'
import type { Shadows } from './shadows.ts'

export interface ShadowsOperationsDeps {
  shadows: Shadows
}

interface Addressed {
  thingName: string
  shadowName?: string | undefined
  payload?: unknown
}

type Account = Pick<ShadowId, 'accountId'>
/** Clients get more than the bytes that a handler gives. */
type Payload = NonNullable<IotData.GetThingShadowCommandOutput['payload']>

const maxPageSize = 100 // assumed: also when the caller names none

/** They need nothing of the call but its account, so that devices may ask for them too. */
export function shadowsOperations({ shadows }: ShadowsOperationsDeps) {
  return {
    GetThingShadow: (input, { accountId }: Account) => carryOut(shadows, 'get', { ...input, accountId }),
    UpdateThingShadow: (input, { accountId }: Account) =>
      carryOut(shadows, 'update', { ...input, accountId }),
    DeleteThingShadow: (input, { accountId }: Account) =>
      carryOut(shadows, 'delete', { ...input, accountId }),
    async ListNamedShadowsForThing({ thingName, nextToken, pageSize = maxPageSize }, { accountId }: Account) {
      const after = decodeMarker(nextToken)
      const found = await shadows.listNames({ accountId, thingName }, { after, limit: pageSize + 1 })
      const results = found.slice(0, pageSize)
      const last = results.at(-1)
      return {
        results,
        timestamp: Math.floor(shadows.now().getTime() / 1000),
        ...(found.length > pageSize && last !== undefined && { nextToken: encodeMarker(last) }),
      }
    },
  } satisfies Partial<Operations<typeof IotData>>
}

const errorNames = {
  400: 'InvalidRequestException',
  404: 'ResourceNotFoundException',
  409: 'ConflictException',
  413: 'RequestEntityTooLargeException',
  415: 'UnsupportedDocumentEncodingException',
  429: 'ThrottlingException',
  500: 'InternalFailureException',
} as const satisfies Record<ShadowErrorCode, string>

/** @throws {AwsError} */
async function carryOut(shadows: Shadows, method: ShadowMethod, input: Addressed & Account) {
  const { accountId, thingName, shadowName, payload } = input
  try {
    const text = await shadows.request(
      method,
      { accountId, thingName, shadowName },
      payload as Uint8Array | undefined,
    )
    return { payload: Buffer.from(text) as Uint8Array as Payload }
  } catch (cause) {
    if (cause instanceof ShadowError) throw dataPlaneError(errorNames[cause.code], cause.message)
    throw cause
  }
}
