/** The pages and files of the console, as its build left them. */
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { toWireRequest } from '../aws/wire.ts'
import { dataHeaders, fileHeaders, pageHeaders } from './security-headers.ts'
import { readCookie, type Scheme } from './origin.ts'
import type { ConsoleSessions } from './sessions.ts'
import type { Visitors } from './visitors.ts'

export interface PagesDeps {
  directory: string
  sessions: ConsoleSessions
  visitors: Pick<Visitors, 'findDoorFault'>
  scheme: Scheme
}

const noBody = new Uint8Array()

export function addPages(app: FastifyInstance, { directory, sessions, visitors, scheme }: PagesDeps): void {
  if (!existsSync(join(directory, 'index.html'))) return addAbsence(app)
  void app.register(fastifyStatic, {
    root: join(directory, 'assets'),
    prefix: '/console/assets/',
    preCompressed: true,
    immutable: true,
    maxAge: '1y',
    setHeaders: (reply) => {
      for (const [name, value] of Object.entries(fileHeaders)) reply.header(name, value)
    },
  })
  const signInPage = readFileSync(join(directory, 'sign-in.html'), 'utf8')
  const appPage = readFileSync(join(directory, 'index.html'), 'utf8')
  const closed = (request: { raw: IncomingMessage }) =>
    visitors.findDoorFault(toWireRequest(request.raw, noBody))
  app.get('/console/sign-in', async (request, reply) => {
    const fault = closed(request)
    return fault === undefined ? sendPage(reply, signInPage) : sendFault(reply, fault)
  })
  const open = async (request: { raw: IncomingMessage }, reply: FastifyReply) => {
    const fault = closed(request)
    if (fault !== undefined) return sendFault(reply, fault)
    const token = readCookie(toWireRequest(request.raw, noBody), scheme)
    const isSignedIn = token !== undefined && (await sessions.find(token, { isUse: false })) !== undefined
    if (isSignedIn) return sendPage(reply, appPage)
    const to = encodeURIComponent(request.raw.url ?? '')
    return reply.redirect(`/console/sign-in?to=${to}`)
  }
  app.get('/console', async (_request, reply) => reply.redirect('/console/'))
  app.get('/console/*', open)
}

/** To a person who came by a way that the console is closed to. */
const sendFault = (reply: FastifyReply, fault: string): FastifyReply =>
  reply.code(403).headers(dataHeaders).type('text/plain').send(`The console is not shown: ${fault}\n`)

/** A checkout whose console has not been built. */
function addAbsence(app: FastifyInstance): void {
  const text = 'The console has not been built here: run `npm run build:console`.\n'
  app.get('/console/*', async (_request, reply) => reply.code(404).type('text/plain').send(text))
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.headers(pageHeaders).send(page)
}
