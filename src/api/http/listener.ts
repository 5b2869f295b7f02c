/** The HTTP server of the API: bytes in, bytes out. What they mean is the pipeline's affair. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIPv6, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { AwsError } from '../aws/errors.ts'
import { MalformedRequestError, type WireRequest, type WireResponse } from '../aws/wire.ts'
import type { Log } from '../../lib/log.ts'
import {
  boundConnections,
  checkMayBeLarge,
  defaultConnectionBounds,
  mayBeLarge,
  type ConnectionBounds,
} from './bounds.ts'
import { withServerUrl, type CallOrigin } from './call-context.ts'
import {
  answerRequest,
  callOperation,
  type OperationCall,
  type PipelineDeps,
  type SessionCaller,
} from './pipeline.ts'
import { answerFailure } from './failures.ts'
import { noBody, readRequest, send } from './fastify-wire.ts'
import { openListenerTls, type ListenerTls } from './listener-tls.ts'
import { checkPermissionsComplete } from './services.ts'
import { addUnsignedRoutes, type UnsignedDoors } from './unsigned-routes.ts'

export interface HttpOptions extends PipelineDeps, UnsignedDoors {
  host: string
  /** 0 picks a free one. */
  port: number
  /** Other processes of this machine listen on it too. */
  sharesPort?: boolean
  /** Absent: plain HTTP. */
  tls?: ListenerTls | undefined
  maxBodyBytes: number
  bounds?: Partial<ConnectionBounds>
  /** Adds routes of its own. */
  plugin?: HttpPlugin | undefined
  /** A request for a WebSocket; absent: there are none here. */
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** What a plugin of the listener may do with its requests. */
export interface HttpDoor {
  /** The request as the protocols see it. */
  read: (request: FastifyRequest) => WireRequest
  /** Where it came from, and by which name of the server. */
  originOf: (request: FastifyRequest) => CallOrigin
  /**
   * An AWS operation in the name of the caller: validated, authorized, carried out. Resolves with the output's members.
   * @throws {AwsError} as the operation does
   */
  call: (
    session: SessionCaller,
    origin: CallOrigin,
    call: Pick<OperationCall, 'service' | 'operation' | 'body'>,
  ) => Promise<unknown>
  /** Answers with what the error is to a caller; what is nobody's mistake but ours is logged and withheld. */
  fail: (request: FastifyRequest, reply: FastifyReply, error: unknown) => FastifyReply
}

type HttpPlugin = (app: FastifyInstance, door: HttpDoor) => void

export interface HttpListener extends AsyncDisposable {
  /** Without a slash at the end. */
  url: string
  port: number
  /** Certificates that were replaced. */
  reloadTls: (tls: ListenerTls) => void
  /** Answers a signed call that came another way than over this port. */
  answer: (request: WireRequest, origin: CallOrigin) => Promise<WireResponse>
}

/** Time for a client to send a whole request. */
const requestTimeoutMs = 60_000
/** Time for requests in flight to be answered when the server stops. */
const maxDrainMs = 5000

/**
 * Listens when it resolves. Disposing lets requests in flight finish.
 * @throws {Error} when the port is taken, or an operation is offered without a permission
 */
export async function startHttp(options: HttpOptions): Promise<HttpListener> {
  checkPermissionsComplete(options.services)
  const { app, reloadTls } = createApp(options)
  const { host, port: asked, sharesPort: reusePort = false } = options
  await app.listen({ host, port: asked, ...(reusePort && { reusePort }) })
  const { port } = app.server.address() as AddressInfo
  return {
    url: `${options.tls ? 'https' : 'http'}://${reachableHost(host)}:${port}`,
    port,
    reloadTls,
    answer: (request, origin) => answerRequest(options, request, origin),
    [Symbol.asyncDispose]: async () => drain(app),
  }
}

async function drain(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), maxDrainMs)
  await app.close()
  clearTimeout(timer)
}

/** A name by which this machine reaches itself. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return isIPv6(host) ? `[${host}]` : host
}

/** Its routes have no schemas: what compiles them is not even loaded. */
const noCompiler = () => () => {
  throw new Error('a route has a schema, and nothing that compiles it')
}
const noSchemas = { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } }

function createApp(options: HttpOptions): { app: FastifyInstance } & Pick<HttpListener, 'reloadTls'> {
  const bounds = { ...defaultConnectionBounds, ...options.bounds }
  const { headTimeoutMs: headersTimeout } = bounds
  const connectionsCheckingInterval = headersTimeout / 3
  const http = { shouldUpgradeCallback: asksForWebSocket, headersTimeout, connectionsCheckingInterval }
  const tls = options.tls && openListenerTls(options.tls)
  const app = fastify({
    logger: false,
    trustProxy: false,
    bodyLimit: options.maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    ...(tls ? { https: { ...http, ...tls.options } } : { http }),
    genReqId: () => randomUUID(),
    schemaController: noSchemas,
    frameworkErrors: (error, request, reply) => refuse(options.log, { error, request, reply }),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error: FastifyError, request, reply) => refuse(options.log, { error, request, reply }))
  app.addHook('onRequest', (request, reply, done) => {
    if (mayBeLarge(request.headers)) void checkBody(options, { request, reply, done })
    else done()
  })
  boundConnections(app.server, bounds)
  const { onUpgrade } = options
  app.server.on('upgrade', (request, socket, head) =>
    onUpgrade ? onUpgrade(request, socket, head) : socket.destroy(),
  )
  addUnsignedRoutes(app, options)
  options.plugin?.(app, openDoor(options))
  app.all('/*', async (request, reply) => answer(options, request, reply))
  app.setNotFoundHandler(async (request, reply) => answer(options, request, reply))
  return { app, reloadTls: (renewed) => tls?.replace(app.server, renewed) }
}

function openDoor(options: HttpOptions): HttpDoor {
  return {
    read: readRequest,
    originOf: (request) => withServerUrl(readRequest(request), originOf(options, request)),
    call: (session, origin, call) => callOperation(options, { ...call, session, origin }),
    fail: (request, reply, error) =>
      send(
        reply,
        answerFailure(options.log, { error, request: readRequest(request), requestId: request.id }),
      ),
  }
}

interface BodyCheck extends Pick<Refusal, 'request' | 'reply'> {
  done: (error?: Error) => void
}

/** A body that is not to be read is cut off with its connection. */
async function checkBody(options: HttpOptions, { request, reply, done }: BodyCheck): Promise<void> {
  const { findCredential, findSessionCaller } = options
  try {
    const origin = originOf(options, request)
    await checkMayBeLarge(readRequest(request), {
      findCredential,
      ...(findSessionCaller && { findSessionCaller: (wire) => findSessionCaller(wire, origin) }),
    })
  } catch (error) {
    void reply.header('connection', 'close')
    return done(error as Error)
  }
  done()
}

/** Other upgrades, e.g. to HTTP/2, and those by HTTP/1.0 (RFC 9110 7.8) are answered without one. */
const asksForWebSocket = ({ headers, httpVersion }: IncomingMessage): boolean =>
  httpVersion === '1.1' && headers.upgrade?.toLowerCase() === 'websocket'

const originOf = ({ tls }: HttpOptions, { id, ip, headers }: FastifyRequest): CallOrigin => ({
  requestId: id,
  sourceIp: ip,
  userAgent: headers['user-agent'],
  isSecure: tls !== undefined,
})

async function answer(
  options: HttpOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const startedAt = performance.now()
  const origin = originOf(options, request)
  const response = await answerRequest(options, readRequest(request), origin)
  const durationMs = performance.now() - startedAt
  const { requestId, sourceIp } = origin
  options.log.debug(
    { requestId, sourceIp, method: request.method, status: response.status, durationMs },
    'API call',
  )
  return send(reply, response)
}

/** What the server library refuses before a call is read: a body too large, a malformed target. */
async function refuse(log: Log, { error, request, reply }: Refusal): Promise<FastifyReply> {
  const wire = { ...readRequest(request), body: noBody }
  return send(reply, answerFailure(log, { error: toAwsError(error), request: wire, requestId: request.id }))
}

interface Refusal {
  error: FastifyError
  request: FastifyRequest
  reply: FastifyReply
}

function toAwsError(error: FastifyError): Error {
  if (error.statusCode === 413) {
    return new AwsError('RequestEntityTooLargeException', 'the body is larger than this server accepts')
  }
  const isOfCaller = error.statusCode !== undefined && error.statusCode < 500
  return isOfCaller ? new MalformedRequestError(error.message) : error
}
