import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  answerDeviceRequest,
  refuseDeviceRequest,
  type DeviceAnswer,
  type Messages,
} from '../../data-plane/index.ts'
import type { JournalCode } from '../../journal/index.ts'
import type { GatewayLimits } from '../limits.ts'
import type { RefusalDetails } from '../refuse.ts'
import type { DeviceConnection } from './device-connection.ts'
import { isHopeless, readBody, type BodyLimits } from './read-body.ts'

export interface AnswerDeps {
  messages: Messages
  limits: Pick<GatewayLimits, 'maxPayloadBytes' | 'bodyTimeoutMs'>
}

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
}

/**
 * Admission comes before everything, so that a device is enrolled by its first request, whatever that asks for.
 * False for a device that is not let in: it gets an empty reply, as from AWS.
 */
export async function answerRequest(
  connection: DeviceConnection,
  exchange: Exchange,
  { messages, limits }: AnswerDeps,
): Promise<boolean> {
  const { request, response } = exchange
  if (!connection.peer.der) {
    connection.record('no-certificate', {})
    request.resume()
    reply(response, refuseDeviceRequest({ code: 'ForbiddenException', message: 'Forbidden' }))
    return true
  }
  const authorization = await connection.authorization()
  if (!authorization) return false
  const body = await receiveBody(exchange, {
    maxBytes: limits.maxPayloadBytes,
    timeoutMs: limits.bodyTimeoutMs,
  })
  let denial: RefusalDetails | undefined
  const device = connection.requester(authorization, (details) => (denial = details))
  const answer = body
    ? await answerDeviceRequest({ messages }, toDeviceRequest(request, body), device)
    : refuseDeviceRequest({
        code: 'RequestEntityTooLargeException',
        message: `a payload has at most ${limits.maxPayloadBytes} bytes`,
      })
  if (answer.refusal) journal(connection, answer.refusal, denial)
  reply(response, answer)
  return true
}

/** `undefined` when it is too large. */
async function receiveBody({ request, response }: Exchange, limits: BodyLimits): Promise<Buffer | undefined> {
  if (isHopeless(request, limits)) {
    response.setHeader('connection', 'close')
    return undefined
  }
  if (request.headers.expect !== undefined) response.writeContinue()
  return await readBody(request, limits)
}

function toDeviceRequest({ method = '', url = '/', headers }: IncomingMessage, body: Uint8Array) {
  const flat = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(',')])
  return {
    method,
    target: url.replace(/^https?:\/\/[^/?]*/i, ''), // [RFC 9112, 3.2.2] the absolute form
    headers: Object.fromEntries(flat) as Record<string, string>,
    body,
  }
}

const refusalCodes: Readonly<Record<string, JournalCode>> = {
  ForbiddenException: 'publish-denied',
  RequestEntityTooLargeException: 'limit-exceeded',
  ThrottlingException: 'limit-exceeded',
}

/** `denial`: what the policies said, when it was them. Reading what is not there is no fault of a device. */
function journal(
  connection: DeviceConnection,
  { code, message }: NonNullable<DeviceAnswer['refusal']>,
  denial: RefusalDetails | undefined,
): void {
  if (code === 'ResourceNotFoundException') return
  const isReading = denial !== undefined && !String(denial['action']).endsWith('Publish')
  const journalCode = isReading ? 'receive-denied' : (refusalCodes[code] ?? 'protocol-error')
  connection.record(journalCode, denial ?? { error: message })
}

function reply(response: ServerResponse, { status, headers, body }: DeviceAnswer): void {
  response
    .writeHead(status, {
      ...headers,
      'content-length': Buffer.byteLength(body),
      'x-amzn-RequestId': randomUUID(),
    })
    .end(body)
}
