import type { IncomingMessage } from 'node:http'

export interface BodyLimits {
  maxBytes: number
  timeoutMs: number
}

/** What is read, and thrown away, of a body above the limit, so that its sender reads the answer. */
const maxDiscarded = 8

/** True when its head says that the body is so large that none of it is read. */
export function isHopeless({ headers }: IncomingMessage, { maxBytes }: BodyLimits): boolean {
  const announced = Number(headers['content-length'] ?? 0)
  const isAsking = headers.expect !== undefined
  return announced > maxBytes * (isAsking ? 1 : maxDiscarded)
}

/**
 * The body; `undefined` when it is larger than the limit.
 * @throws {Error} when the connection is lost first, or is destroyed because the body takes too long
 */
export function readBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.socket.destroy(), timeoutMs)
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else chunks.length = 0
      if (bytes > maxBytes * maxDiscarded) request.socket.destroy()
    })
    request.on('end', () => resolve(bytes > maxBytes ? undefined : Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => {
      clearTimeout(timer)
      reject(new Error('the request ended before its body did')) // does nothing after `end`
    })
  })
}
