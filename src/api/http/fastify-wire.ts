/** Requests and answers of the server library, as the protocols see them. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { toWireRequest, type WireRequest, type WireResponse } from '../aws/wire.ts'

export const noBody = new Uint8Array()

export function readRequest({ raw, body }: FastifyRequest): WireRequest {
  return toWireRequest(raw, body instanceof Uint8Array ? body : noBody)
}

export function send(reply: FastifyReply, { status, headers, body }: WireResponse): FastifyReply {
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return reply
    .code(status)
    .headers({ ...headers, 'x-amzn-requestid': reply.request.id })
    .send(bytes)
}
