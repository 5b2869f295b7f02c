import { once } from 'node:events'
import { request as requestOver } from 'node:http'
import { createConnection, type Socket } from 'node:net'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import { clientConfig, offer, startTestHttp, type TestHttp } from './testing/test-server.ts'

async function dial({ port }: TestHttp): Promise<Socket> {
  const socket = createConnection(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function closed(socket: Socket): Promise<string> {
  let received = ''
  try {
    for await (const chunk of socket) received += String(chunk)
  } catch {} // a reset is a close too
  return received
}

describe('connections', () => {
  it('above the limit are closed at once, and make room when they go', async () => {
    await using server = await startTestHttp({ bounds: { maxConnections: 2 } })
    const open = [await dial(server), await dial(server)]
    expect(await closed(await dial(server))).toBe('')
    const gone = closed(open[0]!)
    open[0]!.end()
    await gone
    const last = await dial(server)
    last.end('GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await closed(last)).toContain(' 200 ')
    open[1]!.destroy()
  })

  it('that became WebSockets are not among them', async () => {
    const upgraded: { destroy: () => void }[] = []
    await using server = await startTestHttp({
      bounds: { maxConnections: 1 },
      onUpgrade: (_request, socket) => void upgraded.push(socket.once('data', () => {})),
    })
    for (let times = 0; times < 3; times++) {
      const socket = await dial(server)
      socket.write('GET /mqtt HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      while (upgraded.length === times) await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    for (const socket of upgraded) socket.destroy()
  })

  it.each([
    ['nothing', []],
    ['half a head', ['GET /health HTTP/1.1\r\nHost: a\r\n']],
    ['a head drop by drop', Array.from('GET /health HTTP/1.1\r\nX-Long-Header: aaaaaaaaaaaaaaaa')],
  ])('on which %s comes are closed', async (_title, chunks) => {
    await using server = await startTestHttp({ bounds: { headTimeoutMs: 150 } })
    const socket = await dial(server)
    const rest = [...chunks]
    const timer = setInterval(() => socket.write(rest.shift() ?? ''), 10)
    const received = await closed(socket)
    clearInterval(timer)
    expect(received).toMatch(/^$|^HTTP\/1\.1 408 /)
    expect(rest.length).toBeLessThan(Math.max(1, chunks.length))
  })
})

describe('a large body', () => {
  /** Sends a head alone and gives the status of the answer, and whether the connection is closed after it. */
  function ask({ port }: TestHttp, headers: Record<string, string | number>) {
    return new Promise<[status: number | undefined, connection: string | undefined]>((resolve, reject) => {
      const sent = requestOver({
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/2015-03-31/functions',
        headers,
      })
      sent.on('response', (response) => {
        resolve([response.statusCode, response.headers.connection])
        sent.destroy()
      })
      sent.on('error', reject)
      sent.flushHeaders()
    })
  }

  const signedBy = (accessKeyId: string) => ({
    'x-amz-date': '20260102T030405Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260102/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=00`,
  })

  it.each([
    ['nobody', { 'content-length': 200_000 }],
    ['nobody, without a length', { 'transfer-encoding': 'chunked' }],
    ['a key that does not exist', { 'content-length': 200_000, ...signedBy('AKIANOBODY') }],
    ['half a signature', { 'content-length': 200_000, authorization: 'AWS4-HMAC-SHA256 Credential=a' }],
  ])('of %s is refused unread', async (_title, headers) => {
    await using server = await startTestHttp({})
    expect(await ask(server, headers)).toEqual([
      expect.toSatisfy((status) => status === 403 || status === 400),
      'close',
    ])
    expect(server.logged).toEqual([])
  })

  it('of one who signed it is read', async () => {
    const seen: unknown[] = []
    const CreateFunction = async ({ Code }: { Code: { ZipFile: Uint8Array } }) => {
      seen.push(Code.ZipFile.length)
      return {}
    }
    await using server = await startTestHttp({ services: { lambda: offer({ CreateFunction }) } })
    const lambda = new LambdaClient(clientConfig(server))
    const Code = { ZipFile: Buffer.alloc(300_000) }
    const Role = 'arn:aws:iam::123456789012:role/r'
    await lambda.send(
      new CreateFunctionCommand({ FunctionName: 'f', Role, Code, Runtime: 'nodejs22.x', Handler: 'a.b' }),
    )
    expect(seen).toEqual([300_000])
  })
})
