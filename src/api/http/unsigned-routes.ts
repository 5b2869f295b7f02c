/** What the API's port serves without a signature: how the server is, and what a token opens. */
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Log } from '../../lib/log.ts'
import { readRequest, send } from './fastify-wire.ts'
import { answerFailure } from './failures.ts'

export interface UnsignedDoors {
  /** The page of `/metrics`, in the Prometheus text format; shows numbers only, so nobody signs for it. */
  metrics: () => string | Promise<string>
  /** Whether callers and devices are served; absent: there is no `/readyz`. */
  readiness?: () => Promise<{ isReady: boolean }>
  /** Opened by a person from the link that a web service was sent: the token in it stands for a signature. */
  confirmDestination: (token: string) => Promise<void>
  /** Files for whoever has their address, in which a token stands for a signature. */
  downloads?: readonly Download[]
}

interface Download {
  /** With a slash at the end; the token follows. */
  path: string
  contentType: string
  /** @throws {AwsError} when the token opens nothing */
  read: (token: string) => Promise<Uint8Array | Readable>
}

/** What is served without a signature. */
export function addUnsignedRoutes(app: FastifyInstance, options: UnsignedDoors & { log: Log }): void {
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', 'text/plain; version=0.0.4').send(await options.metrics()),
  )
  app.get('/mqtt', async (_request, reply) => {
    const message = 'this path speaks MQTT over WebSocket; ask for an upgrade'
    return await reply
      .code(426)
      .header('upgrade', 'websocket')
      .header('connection', 'Upgrade, close')
      .send({ message })
  })
  for (const path of ['/health', '/livez'])
    app.get(path, async (_request, reply) => reply.send({ status: 'ok' }))
  const { readiness } = options
  if (readiness)
    app.get('/readyz', async (_request, reply) => {
      const answer = await readiness()
      return reply.code(answer.isReady ? 200 : 503).send(answer)
    })
  addTokenRoute(app, options, '/confirmdestination/', async (token, reply) => {
    await options.confirmDestination(token)
    return reply.send({})
  })
  for (const { path, contentType, read } of options.downloads ?? [])
    addTokenRoute(app, options, path, async (token, reply) => {
      const file = await read(token)
      return reply.header('content-type', contentType).header('cache-control', 'no-store').send(file)
    })
}

type AnswerToken = (token: string, reply: FastifyReply) => Promise<FastifyReply>

function addTokenRoute(
  app: FastifyInstance,
  { log }: { log: Log },
  path: string,
  answerToken: AnswerToken,
): void {
  app.get<{ Params: { '*': string } }>(`${path}*`, async (request, reply) => {
    try {
      return await answerToken(request.params['*'], reply)
    } catch (error) {
      const wire = readRequest(request)
      return send(reply, answerFailure(log, { error, request: wire, requestId: request.id }))
    }
  })
}
