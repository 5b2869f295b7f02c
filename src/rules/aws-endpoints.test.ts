import { hash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, allow, openTestEngine, roleArn, type TestEngine } from './testing/test-engine.ts'
import { startWebService, type WebService } from './testing/web-service.ts'
import { verifySignature } from '../api/aws/sigv4/verify.ts'
import { parseTarget } from '../api/aws/wire.ts'
import { createRules } from './rules.ts'

const credentials = { accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'operator-secret' }

let engine: TestEngine
let service: WebService

beforeEach(async () => {
  service = await startWebService()
  engine = await openTestEngine({ awsEndpoints: { sqs: service.url, s3: `${service.url}/s3/`, credentials } })
})

afterEach(async () => {
  await engine[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
})

const failures = () => engine.logged.filter(({ status }) => status === 'Failure')
const run = async (action: object, payload: unknown = { n: 1 }, sql = "SELECT * FROM 'in/+'") => {
  await engine.createRule('send', { sql, actions: [action as never] })
  engine.publish('in/1', payload)
  await engine.rules.idle()
}

/** Who signed a received request, by Muster's own reading of it. */
async function signerOf(at = 0) {
  const received = service.received[at]
  if (!received) throw new Error('nothing was received')
  const { method, headers, body } = received
  const caller = { accountId, kind: 'root', arn: 'arn:operator', userId: accountId } as const
  return await verifySignature(
    {
      ...parseTarget(received.path),
      method,
      headers: headers as Record<string, string>,
      body: Buffer.from(body),
    },
    {
      now: engine.clock.now,
      findCredential: async (id) =>
        id === credentials.accessKeyId ? { ...credentials, status: 'Active', caller } : undefined,
      findScopeFault: () => undefined,
    },
  )
}

describe('the action sqs', () => {
  const queueUrl = `http://queues.example/${accountId}/jobs`
  const sqs = (more: object = {}) => ({ sqs: { roleArn: roleArn('sender'), queueUrl, ...more } })
  const createSender = (resource = `arn:aws:sqs:us-east-1:${accountId}:jobs`) =>
    engine.createRole('sender', allow('sqs:SendMessage', resource))

  it('sends the output to the operator’s endpoint, signed', async () => {
    await createSender()
    await run(sqs())
    expect(service.received).toMatchObject([
      {
        method: 'POST',
        path: '/',
        headers: { 'x-amz-target': 'AmazonSQS.SendMessage', 'content-type': 'application/x-amz-json-1.0' },
      },
    ])
    const [request] = service.received
    expect(JSON.parse(request?.body ?? '')).toEqual({ QueueUrl: queueUrl, MessageBody: '{"n":1}' })
    await expect(signerOf()).resolves.toMatchObject({ service: 'sqs', region: 'us-east-1' })
  })

  it('sends base64 when it is asked to', async () => {
    await createSender()
    await run(sqs({ useBase64: true }), Buffer.from([1, 2, 3]))
    expect(JSON.parse(service.received[0]?.body ?? '')).toMatchObject({ MessageBody: 'AQID' })
  })

  it('tries again when the service fails for a while', async () => {
    await createSender()
    service.answers.push({ status: 503 })
    await run(sqs())
    expect([service.received.length, failures()]).toEqual([2, []])
  })

  it.each([
    ['the role may not send to the queue', `arn:aws:sqs:us-east-1:${accountId}:other`, {}, 'sqs:SendMessage'],
    ['the message makes no queue of the URL', '*', { queueUrl: '${topic()}?x' }, 'must end in an account'],
  ])('sends nothing when %s', async (_, resource, more, detail) => {
    await createSender(resource)
    await run(sqs(more))
    expect(service.received).toEqual([])
    expect(failures()).toMatchObject([{ ruleAction: 'SqsAction', details: expect.stringContaining(detail) }])
  })

  it('tells what the service says when it refuses', async () => {
    await createSender()
    service.answers.push({ status: 400, body: '{"__type":"QueueDoesNotExist"}' })
    await run(sqs())
    expect(failures()).toMatchObject([{ details: expect.stringContaining('QueueDoesNotExist') }])
    expect(service.received).toHaveLength(1)
  })

  it('fails when the operator has taken the endpoint away since the rule was made', async () => {
    await createSender()
    await engine.createRule('send', { sql: "SELECT * FROM 'in/+'", actions: [sqs()] })
    await engine.rules[Symbol.asyncDispose]()
    await using rules = await createRules({ ...engine.deps, awsEndpoints: {} })
    engine.publish('in/1', {})
    await rules.idle()
    expect(failures()).toMatchObject([{ details: expect.stringContaining('no endpoint') }])
  })
})

describe('the action s3', () => {
  const s3 = (more: object = {}) => ({
    s3: { roleArn: roleArn('keeper'), bucketName: 'readings', key: 'by topic/${topic(2)}.json', ...more },
  })
  const createKeeper = (actions: string | string[] = 's3:PutObject', resource = 'arn:aws:s3:::readings/*') =>
    engine.createRole('keeper', allow(actions, resource))

  it('puts the output under the key, signed', async () => {
    await createKeeper()
    await run(s3())
    expect(service.received).toMatchObject([
      {
        method: 'PUT',
        path: '/s3/readings/by%20topic/1.json',
        body: '{"n":1}',
        headers: {
          'content-type': 'application/json',
          'x-amz-content-sha256': hash('sha256', '{"n":1}', 'hex'),
          authorization: expect.stringContaining('AKIAOPERATOR/20260102/us-east-1/s3/aws4_request'),
        },
      },
    ])
    expect(failures()).toEqual([])
  })

  it('asks for an ACL when the role may set it', async () => {
    await createKeeper(['s3:PutObject', 's3:PutObjectAcl'])
    await run(s3({ cannedAcl: 'public-read', key: 'plain.json' }))
    expect(service.received).toMatchObject([{ headers: { 'x-amz-acl': 'public-read' } }])
    await expect(signerOf()).resolves.toMatchObject({ service: 's3' })
  })

  it.each([
    ['the role may not put it there', { bucketName: 'others' }, {}, 's3:PutObject'],
    ['the role may not set an ACL', { cannedAcl: 'public-read' }, {}, 's3:PutObjectAcl'],
    ['the message leads out of the bucket', { key: '${k}' }, { k: '../others/x' }, '".."'],
    [
      'the message leads out of the endpoint',
      { bucketName: '${b}' },
      { b: '..' },
      'a bucket cannot be named',
    ],
    ['the message makes no key', { key: '${missing}' }, {}, 'the key is empty'],
    ['the message makes too long a key', { key: '${k}' }, { k: 'x'.repeat(1025) }, '1024 bytes'],
  ])('puts nothing when %s', async (_, more, payload, detail) => {
    await createKeeper()
    await run(s3(more), payload)
    expect(service.received).toEqual([])
    expect(failures()).toMatchObject([{ ruleAction: 'S3Action', details: expect.stringContaining(detail) }])
  })
})
