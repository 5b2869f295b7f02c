/**
 * What a request for a WebSocket must look like, and the answers to what does not.
 * Sources: RFC 6455 4.2; MQTT 5.0 6; AWS IoT Developer Guide, "Device communication protocols".
 */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { DeviceAnswer } from '../../../messaging/data-plane/index.ts'

const webSocketPath = '/mqtt'

/** Of the port of the API alone. */
export const guestPath = '/console/mqtt'

/** In the order in which they are preferred; AWS's clients offer the first, old ones of others the second. */
const subprotocols = ['mqtt', 'mqttv3.1'] as const

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Why there will be no WebSocket. `code` is told in the header `x-amzn-ErrorType`. */
export interface HandshakeFault {
  status: number
  code: string
  message: string
  headers?: Record<string, string>
}

/**
 * True when a request asks for a WebSocket; others that ask for an upgrade are answered without one, and so is one by
 * HTTP/1.0, in which the header means nothing. RFC 9110 7.8
 */
export function asksForWebSocket(request: { headers: Headers; httpVersion: string }): boolean {
  const { headers, httpVersion } = request
  return httpVersion === '1.1' && String(headers['upgrade'] ?? '').toLowerCase() === 'websocket'
}

/** The one that the client offers and the server prefers. [MQTT-6.0.0-3] */
export function chooseSubprotocol(offered: ReadonlySet<string>): string | false {
  return subprotocols.find((name) => offered.has(name)) ?? false
}

/** `undefined` when a WebSocket can be opened as far as the form goes; who asks is looked at later. */
export function findHandshakeFault(request: {
  method: string
  path: string
  headers: Headers
  isGuest?: boolean
}): HandshakeFault | undefined {
  const { method, path, headers, isGuest = false } = request
  if (path !== (isGuest ? guestPath : webSocketPath))
    return {
      status: 404,
      code: 'ResourceNotFoundException',
      message: `there is no WebSocket at ${path.slice(0, 100)}`,
    }
  if (method !== 'GET')
    return { status: 405, code: 'MethodNotAllowedException', message: 'a WebSocket is asked for with GET' }
  if (headers['sec-websocket-version'] !== '13') return { ...wrongVersion }
  if (!/^[+/0-9A-Za-z]{22}==$/.test(String(headers['sec-websocket-key'] ?? '')))
    return invalid('the header sec-websocket-key must be 16 bytes in base64')
  const offered = String(headers['sec-websocket-protocol'] ?? '')
  const names = offered.split(',').map((name) => name.trim())
  if (chooseSubprotocol(new Set(names)) !== false) return undefined
  return invalid(
    `the header sec-websocket-protocol must offer ${subprotocols.join(' or ')}, got "${offered.slice(0, 100)}"`,
  )
}

const invalid = (message: string): HandshakeFault => ({
  status: 400,
  code: 'InvalidRequestException',
  message,
})

const upgradeHeaders = { upgrade: 'websocket', 'sec-websocket-version': '13' }

const wrongVersion: HandshakeFault = {
  status: 426,
  code: 'UpgradeRequiredException',
  message: 'the version of the WebSocket protocol must be 13',
  headers: upgradeHeaders,
}

/** True for requests to the path of WebSockets that do not ask for one. */
export const isWebSocketPath = ({ method, path }: { method: string; path: string }): boolean =>
  path === webSocketPath && method === 'GET'

export function answerUpgradeRequired(): DeviceAnswer {
  const code = 'UpgradeRequiredException'
  const message = 'this path speaks MQTT over WebSocket; ask for an upgrade'
  const headers = {
    ...upgradeHeaders,
    connection: 'Upgrade, close',
    'content-type': 'application/json',
    'x-amzn-ErrorType': code,
  }
  return { status: 426, headers, body: JSON.stringify({ message }), refusal: { code, message } }
}

/** The bytes of the answer; the connection is of no use after it. */
export function renderFault({ status, code, message, headers = {} }: HandshakeFault): string {
  const requestId = randomUUID()
  const body = JSON.stringify({ message, traceId: requestId })
  const lines = Object.entries({
    ...headers,
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-amzn-ErrorType': code,
    'x-amzn-RequestId': requestId,
  }).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n')
}
