/** Requests that come without a client certificate: by signature, as on AWS's port 443, or not at all. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isSigned, parseClaim } from '../../../api/aws/sigv4/credential.ts'
import { toWireRequest, type WireRequest, type WireResponse } from '../../../api/aws/wire.ts'
import { refuseDeviceRequest, type DeviceAnswer } from '../../../messaging/data-plane/index.ts'
import { answerUpgradeRequired, isWebSocketPath } from '../websocket/handshake.ts'

/** Answers a signed call as the API does. Never throws. */
export type AnswerSigned = (
  request: WireRequest,
  origin: { requestId: string; sourceIp: string; isSecure: boolean },
) => Promise<WireResponse>

interface Stranger {
  request: IncomingMessage
  sourceIp: string
  /** Resolves with nothing when the body is too large. */
  readBody: () => Promise<Uint8Array | undefined>
}

/** The services whose calls AWS takes at the endpoint of devices. */
const deviceServices = new Set(['iotdata', 'iotdevicegateway'])

const noBody = new Uint8Array()

/** `undefined` for a request that has no business here; without `answerSigned` that is every signed one. */
export async function answerStranger(
  { request, sourceIp, readBody }: Stranger,
  answerSigned: AnswerSigned | undefined,
): Promise<DeviceAnswer | undefined> {
  const wire = toWireRequest(request, noBody)
  if (isWebSocketPath(wire)) return answerUpgradeRequired()
  if (!answerSigned || !isSigned(wire) || !isOfDevices(wire)) return undefined
  const body = await readBody()
  if (!body)
    return refuseDeviceRequest({ code: 'RequestEntityTooLargeException', message: 'the body is too large' })
  const requestId = randomUUID()
  const answer = await answerSigned({ ...wire, body }, { requestId, sourceIp, isSecure: true })
  return { ...answer, headers: { ...answer.headers, 'x-amzn-RequestId': requestId } }
}

/** A signature that cannot be read is left to whoever answers. */
function isOfDevices(request: WireRequest): boolean {
  try {
    const claim = parseClaim(request, { needsExpiry: true })
    return claim !== undefined && deviceServices.has(claim.scope.service)
  } catch {
    return true
  }
}
