import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  answerDeviceRequest,
  refuseDeviceRequest,
  type DeviceAnswer,
  type Messages,
} from '../../../messaging/data-plane/index.ts'
import { untraced, type Trace } from '../../../lib/trace.ts'
import type { JournalCode } from '../../../observability/journal/index.ts'
import type { GatewayLimits } from '../limits.ts'
import type { DeviceAuthorization } from '../authorization.ts'
import type { RefusalDetails } from '../refuse.ts'
import { answerUpgradeRequired, isWebSocketPath } from '../websocket/handshake.ts'
import { proofOf, takesSignatures } from '../tls/domain-rules.ts'
import { answerCustom } from './answer-custom.ts'
import { answerStranger, type AnswerSigned } from './answer-stranger.ts'
import type { DeviceConnection } from './device-connection.ts'
import type { DeviceHttpRequest, DevicePath, PathRequester } from './device-path.ts'
import { isHopeless, readBody, type BodyLimits } from './read-body.ts'

export interface AnswerDeps {
  messages: Messages
  /** What is answered beside the data plane; the first that takes a request answers it. */
  devicePaths?: readonly DevicePath[] | undefined
  /** Absent: nobody gets in by signature. */
  answerSigned?: AnswerSigned | undefined
  limits: Pick<GatewayLimits, 'maxPayloadBytes' | 'bodyTimeoutMs'>
  /** False once this server must not answer any more; absent: always true. */
  mayServe?: (() => boolean) | undefined
  /** Absent: nobody is told what requests lead to. */
  trace?: Trace | undefined
  /** Told of each request of a device that was answered; absent: nobody is. */
  onAnswered?: ((request: AnsweredRequest) => void) | undefined
}

/** A request of a device that was let in. */
export interface AnsweredRequest {
  accountId: string
  /** Of iot-data. */
  operation: string
  /** Of HTTP. */
  status: number
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
  deps: AnswerDeps,
): Promise<boolean> {
  const signed = connection.peer.certificate
    ? undefined // then a signature does not count
    : await answerWithoutCertificate(connection, exchange, deps)
  const answer = signed ?? (await answerTraced(connection, exchange, deps))
  if (!answer) return false
  const { operation, status } = answer
  if (operation !== undefined) deps.onAnswered?.({ accountId: connection.peer.accountId, operation, status })
  reply(exchange.response, answer, deps)
  exchange.request.resume() // what is still sent is taken in, unread
  return true
}

/** What a device asks for, unlike a signed call, which is told of as one. */
function answerTraced(
  connection: DeviceConnection,
  exchange: Exchange,
  deps: AnswerDeps,
): Promise<DeviceAnswer | undefined> {
  const { trace = untraced } = deps
  const { accountId, certificateId, sourceIp } = connection.peer
  const attributes = {
    'cloud.account.id': accountId,
    'muster.certificate_id': certificateId,
    'client.address': sourceIp,
    'http.request.method': exchange.request.method,
  }
  return trace({ name: 'https request', kind: 'server', attributes }, async (tell) => {
    const answer = await answerTo(connection, exchange, deps)
    const { operation, status = 0 } = answer ?? {}
    tell(
      {
        'rpc.method': operation,
        'muster.accepted': answer !== undefined,
        ...(answer && { 'http.response.status_code': status }),
      },
      status >= 500,
    )
    return answer
  })
}

async function answerTo(
  connection: DeviceConnection,
  exchange: Exchange,
  deps: AnswerDeps,
): Promise<DeviceAnswer | undefined> {
  if (!connection.peer.certificate)
    return (await answerByAuthorizer(connection, exchange, deps)) ?? forbid(connection)
  const authorization = await connection.authorization()
  if (!authorization) return undefined
  if (proofOf(connection.peer) === 'certificate-and-authorizer')
    return (await answerByAuthorizer(connection, exchange, deps)) ?? forbid(connection)
  return answerByCertificate(connection, { ...exchange, authorization }, deps)
}

async function answerByCertificate(
  connection: DeviceConnection,
  { authorization, ...exchange }: Exchange & { authorization: DeviceAuthorization },
  deps: AnswerDeps,
): Promise<DeviceAnswer> {
  const body = await receiveBody(exchange, deps)
  let denial: RefusalDetails | undefined
  const device = connection.requester(authorization, (details) => (denial = details))
  const answer = body
    ? await answerBody(deps, toDeviceRequest(exchange.request, body), device)
    : refuseDeviceRequest({
        code: 'RequestEntityTooLargeException',
        message: `a payload has at most ${deps.limits.maxPayloadBytes} bytes`,
      })
  if (answer.refusal) journal(connection, answer.refusal, denial)
  return answer
}

function answerByAuthorizer(connection: DeviceConnection, exchange: Exchange, deps: AnswerDeps) {
  const { request } = exchange
  const receive = async () => {
    const body = await receiveBody(exchange, deps)
    return body && toDeviceRequest(request, body)
  }
  return answerCustom(connection, { request, receive, messages: deps.messages })
}

function answerWithoutCertificate(
  { peer }: DeviceConnection,
  exchange: Exchange,
  deps: AnswerDeps,
): Promise<DeviceAnswer | undefined> {
  const { request } = exchange
  const { sourceIp } = peer
  const answerSigned = takesSignatures(peer) ? deps.answerSigned : undefined
  return answerStranger({ request, sourceIp, readBody: () => receiveBody(exchange, deps) }, answerSigned)
}

function forbid(connection: DeviceConnection): DeviceAnswer {
  connection.record('no-certificate', {})
  return refuseDeviceRequest({ code: 'ForbiddenException', message: 'Forbidden' })
}

/** `undefined` when it is too large. */
async function receiveBody(
  { request, response }: Exchange,
  { limits: { maxPayloadBytes: maxBytes, bodyTimeoutMs: timeoutMs } }: AnswerDeps,
): Promise<Buffer | undefined> {
  const limits: BodyLimits = { maxBytes, timeoutMs }
  if (isHopeless(request, limits)) {
    response.setHeader('connection', 'close')
    return undefined
  }
  const isWaiting = request.headers.expect !== undefined && request.httpVersion === '1.1' // RFC 9110 10.1.1
  if (isWaiting) response.writeContinue()
  return await readBody(request, limits)
}

function answerBody(
  { messages, devicePaths = [] }: AnswerDeps,
  request: DeviceHttpRequest,
  device: PathRequester,
): Promise<DeviceAnswer> {
  const { method, target } = request
  const [path = ''] = target.split('?', 1)
  if (isWebSocketPath({ method, path })) return Promise.resolve(answerUpgradeRequired())
  const found = devicePaths.find((one) => one.takes({ method, path }))
  return found ? found.answer(request, device) : answerDeviceRequest({ messages }, request, device)
}

function toDeviceRequest(
  { method = '', url = '/', headers }: IncomingMessage,
  body: Uint8Array,
): DeviceHttpRequest {
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
  NotImplementedException: 'service-not-offered',
  RequestEntityTooLargeException: 'limit-exceeded',
  ThrottlingException: 'limit-exceeded',
}

const writing = /(Publish|SendDirectMessage|(Update|Delete)ThingShadow)$/
/** What is not there, changed before, or does not answer in time is no fault of a device. */
const faultless = new Set(['ResourceNotFoundException', 'ConflictException', 'GatewayTimeoutException'])

/** `denial`: what the policies said, when it was them. */
function journal(
  connection: DeviceConnection,
  { code, message }: NonNullable<DeviceAnswer['refusal']>,
  denial: RefusalDetails | undefined,
): void {
  if (faultless.has(code)) return
  const isReading = denial !== undefined && !writing.test(String(denial['action']))
  const journalCode = isReading ? 'receive-denied' : (refusalCodes[code] ?? 'protocol-error')
  connection.record(journalCode, denial ?? { error: message })
}

function reply(
  response: ServerResponse,
  { status, headers, body }: DeviceAnswer,
  { mayServe = () => true }: Pick<AnswerDeps, 'mayServe'>,
): void {
  if (!mayServe()) return void response.destroy()
  response
    .writeHead(status, {
      'x-amzn-RequestId': randomUUID(),
      ...headers,
      'content-length': Buffer.byteLength(body),
    })
    .end(body)
}
