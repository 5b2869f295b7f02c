/** A small S3 of its own, in memory, which takes nothing that is not signed right. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hash } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { HttpRequest } from '@smithy/protocol-http'
import { Sha256 } from '../../sha256.ts'

export const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
export const region = 'eu-west-1'

export interface TestBucketService extends AsyncDisposable {
  url: string
  /** By `/bucket/key`. */
  objects: Map<string, Buffer>
  /** `PUT /bucket/key`, in order. */
  asked: string[]
  /** What it makes of conditional writes; it knows them unless told otherwise. */
  conditions: 'known' | 'ignored' | 'not implemented'
  /** Asked before everything; true when it has answered. */
  fault: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
}

/** A page of a list: tests have few objects. */
const pageSize = 3

export async function startTestBuckets(): Promise<TestBucketService> {
  const server = createServer((request, response) => {
    answer(service, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  }).listen(0, '127.0.0.1')
  const service: TestBucketService = {
    url: '',
    objects: new Map(),
    asked: [],
    conditions: 'known',
    fault: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  await once(server, 'listening')
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return service
}

async function answer(
  service: TestBucketService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { objects, asked } = service
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const url = new URL(request.url ?? '/', 'http://localhost')
  const path = decodeURIComponent(url.pathname)
  asked.push(`${request.method} ${path}`)
  if (service.fault?.(request, response)) return
  const refusal = await signatureFault(request, url, body)
  if (refusal !== undefined) return void response.writeHead(403).end(refusal)
  if (request.method === 'PUT') return put(service, { path, body, headers: request.headers }, response)
  if (request.method === 'DELETE') objects.delete(path)
  if (request.method !== 'GET') return void response.end()
  if (url.searchParams.get('list-type') === '2')
    return void response.end(list(objects, path, url.searchParams))
  const object = objects.get(path)
  if (!object) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
  const [, end] = /^bytes=0-(\d+)$/.exec(request.headers.range ?? '') ?? []
  response.setHeader('etag', tagOf(object))
  if (end === undefined) response.end(object)
  else response.writeHead(206).end(object.subarray(0, Number(end) + 1))
}

function put(
  { objects, conditions }: TestBucketService,
  { path, body, headers }: { path: string; body: Buffer; headers: IncomingMessage['headers'] },
  response: ServerResponse,
): void {
  const { 'if-match': wanted, 'if-none-match': none } = headers
  const found = objects.get(path)
  if (conditions === 'not implemented' && (wanted ?? none) !== undefined)
    return void response.writeHead(501).end('<Error><Code>NotImplemented</Code></Error>')
  if (conditions === 'known' && wanted !== undefined && !found) return void response.writeHead(404).end()
  const isWanted = wanted === undefined || (found && wanted === tagOf(found))
  if (conditions === 'known' && (!isWanted || (none === '*' && found)))
    return void response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>')
  objects.set(path, body)
  response.setHeader('etag', tagOf(body)).end()
}

const tagOf = (object: Buffer): string => `"${hash('md5', object, 'hex')}"`

function list(objects: TestBucketService['objects'], bucket: string, query: URLSearchParams): string {
  const prefix = `${bucket}/${query.get('prefix') ?? ''}`
  const after = query.get('continuation-token') ?? ''
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted()
  const page = keys.slice(0, pageSize)
  const contents = page.map((key) => {
    const name = key.slice(bucket.length + 1).replaceAll('&', '&amp;')
    return `<Contents><Key>${name}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>${objects.get(key)?.length}</Size></Contents>`
  })
  const more = keys.length > page.length
  const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  return `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
}

/** Signs what came, and compares. */
async function signatureFault(request: IncomingMessage, url: URL, body: Buffer): Promise<string | undefined> {
  const { authorization = '' } = request.headers
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? []
  if (request.headers['x-amz-content-sha256'] !== hash('sha256', body, 'hex')) return 'another body'
  const headers = Object.fromEntries(
    names.split(';').map((name) => [name, String(request.headers[name] ?? '')]),
  )
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials,
    sha256: Sha256 as never,
    uriEscapePath: false,
  })
  const [, day = '', time = ''] = /^(\d{8})T(\d{6})Z$/.exec(headers['x-amz-date'] ?? '') ?? []
  const at = new Date(
    `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`,
  )
  const signed = await signer.sign(
    new HttpRequest({
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      body,
    }),
    { signingDate: at },
  )
  return signed.headers['authorization'] === authorization ? undefined : 'another signature'
}
