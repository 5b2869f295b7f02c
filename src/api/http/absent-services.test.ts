/** Calls of services that Muster does not have, by AWS's own clients. */
import CloudFormation from 'aws-sdk/clients/cloudformation.js'
import DynamoDB from 'aws-sdk/clients/dynamodb.js'
import Route53 from 'aws-sdk/clients/route53.js'
import S3 from 'aws-sdk/clients/s3.js'
import SNS from 'aws-sdk/clients/sns.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { credentials, startTestHttp, type TestHttp } from './testing/test-server.ts'

let server: TestHttp

beforeAll(async () => {
  server = await startTestHttp({ region: 'eu-west-1' })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const options = (secretAccessKey: string) => ({
  endpoint: server.url,
  region: 'eu-west-1',
  credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey },
  maxRetries: 0,
  s3ForcePathStyle: true,
})

type Calls = [name: string, call: (secret: string) => Promise<unknown>][]

const calls: Calls = [
  ['cloudformation', (secret) => new CloudFormation(options(secret)).listStacks().promise()],
  ['sns', (secret) => new SNS(options(secret)).publish({ TopicArn: 'arn:x', Message: 'm' }).promise()],
  ['dynamodb', (secret) => new DynamoDB(options(secret)).listTables().promise()],
  [
    'route53',
    (secret) => new Route53({ ...options(secret), region: 'us-east-1' }).listHostedZones().promise(),
  ],
  ['s3', (secret) => new S3(options(secret)).listBuckets().promise()],
  ['s3', (secret) => new S3(options(secret)).putObject({ Bucket: 'b', Key: 'a b+ü', Body: 'x' }).promise()],
]

describe('a service that is not there', () => {
  it.each(calls)('is named to whoever signs rightly: %s', async (name, call) => {
    await expect(call(credentials.secretAccessKey)).rejects.toMatchObject({
      statusCode: 501,
      code: expect.stringMatching(/^NotImplemented(Exception)?$/),
      message: `Muster does not have the AWS service ${name}`,
    })
  })

  it.each(calls)('is no reason to take a wrong signature: %s', async (_, call) => {
    await expect(call('wrong')).rejects.toMatchObject({
      statusCode: expect.toSatisfy((status) => status === 403 || status === 400), // 400 in JSON 1.1
      code: expect.stringMatching(/^(SignatureDoesNotMatch|InvalidSignatureException)$/),
    })
  })

  it.each(['s3', '__proto__', 'constructor'])(
    'is not looked for by the name of %s alone',
    async (service) => {
      const headers = {
        authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=a`,
        'x-amz-date': '20260101T000000Z',
      }
      expect((await fetch(`${server.url}/`, { headers })).status).toBe(403)
    },
  )
})
