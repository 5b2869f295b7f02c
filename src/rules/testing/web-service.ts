/** A small web server that keeps what it is sent. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Received {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface WebService extends AsyncDisposable {
  /** Without a slash at the end. */
  url: string
  received: Received[]
  /** Answers the next requests with these, then 200 again; `hang-up` closes the connection. */
  answers: { status: number | 'hang-up'; body?: string; location?: string }[]
  /** Resolves once so many requests have come. */
  count: (wanted: number) => Promise<void>
}

export async function startWebService(): Promise<WebService> {
  const received: Received[] = []
  const answers: WebService['answers'] = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method = '', url: path = '', headers } = request
      received.push({ method, path, headers, body })
      const { status, body: text, location } = answers.shift() ?? { status: 200 }
      if (status === 'hang-up') request.socket.destroy()
      else response.writeHead(status, location === undefined ? {} : { location }).end(text)
      for (const look of waiting) look()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers,
    count: (wanted) => untilCount(received, wanted, waiting),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function untilCount(received: readonly unknown[], wanted: number, waiting: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (received.length < wanted) return
      waiting.delete(look)
      resolve()
    }
    waiting.add(look)
    look()
  })
}
