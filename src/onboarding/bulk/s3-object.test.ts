/** A small S3 of its own, which takes nothing that is not signed right. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { verifySignature } from '../../api/aws/sigv4/verify.ts'
import { toWireRequest } from '../../api/aws/wire.ts'
import { createTrustedOutbound, type Outbound } from '../../lib/outbound/outbound.ts'
import { linesOf, openTestBulk } from './testing/test-bulk.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const caller = { accountId: '1', kind: 'root', arn: 'arn', userId: '1' } as const

let objects: Map<string, string | ((response: ServerResponse) => void)>
let asked: string[]
let server: ReturnType<typeof createServer>
let outbound: Outbound
let test: Awaited<ReturnType<typeof openTestBulk>>

beforeEach(async () => {
  objects = new Map()
  asked = []
  server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  outbound = createTrustedOutbound()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/s3/`
  const s3 = { url, credentials, region: 'us-east-1', outbound, now: () => new Date() }
  test = await openTestBulk({ s3 })
})

afterEach(async () => {
  await test[Symbol.asyncDispose]()
  outbound[Symbol.dispose]()
  server.closeAllConnections()
  server.close()
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  asked.push(request.url!)
  const findCredential = async (id: string) =>
    id === credentials.accessKeyId ? { ...credentials, status: 'Active' as const, caller } : undefined
  const findScopeFault = ({ service, region }: { service: string; region: string }) =>
    service === 's3' && region === 'us-east-1' ? undefined : 'another scope'
  const wire = toWireRequest(request, new Uint8Array())
  try {
    await verifySignature(wire, { now: new Date(), findCredential, findScopeFault })
  } catch (error) {
    return void response.writeHead(403).end(String(error))
  }
  const object = objects.get(request.url!)
  if (object === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
  else if (typeof object === 'string') response.end(object)
  else object(response)
}

it('takes the input of a bucket that is no directory from the endpoint, by a signed request', async () => {
  objects.set('/s3/fleet/2026/in%28a%29%2A.json', linesOf('lamp-1', 'lamp-2'))
  const taskId = await test.start({ inputFileKey: '2026/in(a)*.json' })
  expect(await test.ended(taskId)).toMatchObject({ status: 'Completed', successCount: 2 })
  expect(asked).toEqual(['/s3/fleet/2026/in%28a%29%2A.json'])
})

it('asks nobody for a bucket that is a directory', async () => {
  test.put('in.json', linesOf('lamp'))
  expect(await test.ended(await test.start())).toMatchObject({ successCount: 1 })
  expect(asked).toEqual([])
})

it('asks nobody before the role may read it', async () => {
  const { iam, context } = test.fleet
  await iam.DeleteRolePolicy({ RoleName: 'bulk', PolicyName: 'own' }, context)
  expect(await test.ended(await test.start())).toMatchObject({ status: 'Failed' })
  expect(asked).toEqual([])
})

it.each([
  ['there is no such object', undefined, /^fleet\/in.json does not exist$/],
  [
    'the endpoint refuses',
    (response: ServerResponse) => void response.writeHead(403).end('no'),
    /answered 403 for fleet\/in.json/,
  ],
  [
    'the answer ends too early',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': 100 }).write('{}')
      setImmediate(() => response.destroy())
    },
    /could not be read to its end/,
  ],
  ['it does not answer', (response: ServerResponse) => void response.destroy(), /does not answer/],
])('fails when %s', async (_, object, message) => {
  if (object) objects.set('/s3/fleet/in.json', object)
  const task = await test.ended(await test.start())
  expect(task.status).toBe('Failed')
  expect(task.message).toMatch(message)
})
