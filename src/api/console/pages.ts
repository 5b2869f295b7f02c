/** The pages and files of the console, as its build left them. */
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { toWireRequest } from '../aws/wire.ts'
import { fileHeaders, pageHeaders } from './security-headers.ts'
import { readCookie } from './origin.ts'
import type { ConsoleSessions } from './sessions.ts'

export interface PagesDeps {
  directory: string
  sessions: ConsoleSessions
}

const noBody = new Uint8Array()

export function addPages(app: FastifyInstance, { directory, sessions }: PagesDeps): void {
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
  app.get('/console/sign-in', async (_request, reply) => sendPage(reply, signInPage))
  const open = async (request: { raw: IncomingMessage }, reply: FastifyReply) => {
    const token = readCookie(toWireRequest(request.raw, noBody))
    const isSignedIn = token !== undefined && (await sessions.find(token, { isUse: false })) !== undefined
    if (isSignedIn) return sendPage(reply, appPage)
    const to = encodeURIComponent(request.raw.url ?? '')
    return reply.redirect(`/console/sign-in?to=${to}`)
  }
  app.get('/console', async (_request, reply) => reply.redirect('/console/'))
  app.get('/console/*', open)
}

/** A checkout whose console has not been built. */
function addAbsence(app: FastifyInstance): void {
  const text = 'The console has not been built here: run `npm run build:console`.\n'
  app.get('/console/*', async (_request, reply) => reply.code(404).type('text/plain').send(text))
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.headers(pageHeaders).send(page)
}
