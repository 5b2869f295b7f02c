import { createConnection } from 'node:net'
import { CreateThingCommand, DescribeThingCommand, IoTClient } from '@aws-sdk/client-iot'
import type * as Iot from '@aws-sdk/client-iot'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { describe, expect, it } from 'vitest'
import { iotArn } from '../../lib/arn.ts'
import type { Operations } from '../aws/operations.ts'
import { accountId, clientConfig, offer, startTestHttp } from './testing/test-server.ts'

const things = {
  async CreateThing({ thingName }, { authorize }) {
    await authorize('iam:PassRole', `arn:aws:iam::${accountId}:role/${thingName}`)
    return { thingName }
  },
  async DescribeThing({ thingName }) {
    return { thingName }
  },
} satisfies Partial<Operations<typeof Iot>>

const iotService = {
  operations: things,
  permissions: {
    CreateThing: () => ({ resources: [] }),
    DescribeThing: ({ thingName }: { thingName: string }, scope: { accountId: string; region: string }) => ({
      resources: [iotArn(scope, 'thing/x'), iotArn(scope, `thing/${thingName}`)],
    }),
  },
}

describe('authorization', () => {
  it('asks for each resource of the operation, and for what the handler asks, before anything happens', async () => {
    const asked: unknown[] = []
    await using server = await startTestHttp({
      services: { iot: iotService },
      authorizeCall: async ({ name }, request) =>
        void asked.push([name, request.action, request.resource, request.conditions]),
    })
    const iot = new IoTClient(clientConfig(server))
    await iot.send(new DescribeThingCommand({ thingName: 't' }))
    await iot.send(new CreateThingCommand({ thingName: 't' }))
    const conditions = {
      'aws:SourceIp': '127.0.0.1',
      'aws:RequestedRegion': 'us-east-1',
      'aws:SecureTransport': 'false',
    }
    expect(asked).toEqual([
      ['alice', 'iot:DescribeThing', `arn:aws:iot:us-east-1:${accountId}:thing/x`, conditions],
      ['alice', 'iot:DescribeThing', `arn:aws:iot:us-east-1:${accountId}:thing/t`, conditions],
      ['alice', 'iam:PassRole', `arn:aws:iam::${accountId}:role/t`, conditions],
    ])
  })

  it('refuses when one of the resources, or what the handler asks, is denied', async () => {
    await using server = await startTestHttp({ services: { iot: iotService } })
    const iot = new IoTClient(clientConfig(server))
    const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } }
    await expect(iot.send(new DescribeThingCommand({ thingName: 'Forbidden' }))).rejects.toMatchObject(denied)
    await expect(iot.send(new CreateThingCommand({ thingName: 'Forbidden' }))).rejects.toMatchObject(denied)
  })

  it('does not start with an operation that no permission guards', async () => {
    const unguarded = { operations: things, permissions: { CreateThing: () => ({ resources: [] }) } }
    await expect(startTestHttp({ services: { iot: unguarded } })).rejects.toThrow(
      'iot: operations and permissions differ in DescribeThing',
    )
  })
})

describe('the scope of a signature', () => {
  const sts = offer({
    async GetCallerIdentity() {
      return { Account: accountId }
    },
  })

  it('may name us-east-1 for the global services, wherever the server stands', async () => {
    await using server = await startTestHttp({ region: 'eu-west-1', services: { sts, iot: iotService } })
    const config = clientConfig(server)
    const identity = await new STSClient(config).send(new GetCallerIdentityCommand({}))
    expect(identity.Account).toBe(accountId)
    await expect(
      new IoTClient(config).send(new DescribeThingCommand({ thingName: 't' })),
    ).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: "Credential should be scoped to a valid region: 'eu-west-1', not 'us-east-1'.",
    })
  })

  it('must name the region that there is', async () => {
    await using server = await startTestHttp({ services: { sts } })
    const config = { ...clientConfig(server), region: 'eu-west-1' }
    await expect(new STSClient(config).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
  })
})

describe('bytes', () => {
  it('answers /health to anyone, and nothing else', async () => {
    await using server = await startTestHttp({})
    const health = await fetch(`${server.url}/health`)
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
    for (const path of ['/', '/things', '/muster/v1/journal', '/health/', '/health/x']) {
      const response = await fetch(`${server.url}${path}`)
      expect(response.status).toBe(403)
      expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException')
      expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
      expect((await fetch(`${server.url}/health`, { method })).status).toBe(403)
    }
  })

  it.each([
    ['application/json', 'x-amzn-errortype', 'RequestEntityTooLargeException'],
    ['application/x-www-form-urlencoded', 'content-type', 'text/xml'],
    ['no/such; type', 'x-amzn-errortype', 'RequestEntityTooLargeException'],
  ])('refuses a body of %s above the limit', async (contentType, header, value) => {
    await using server = await startTestHttp({ maxBodyBytes: 1000 })
    const options = { method: 'POST', body: 'a'.repeat(1001), headers: { 'content-type': contentType } }
    const response = await fetch(`${server.url}/things/a`, options)
    expect(response.status).toBe(413)
    expect(response.headers.get(header)).toBe(value)
  })

  it.each([
    ['GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET /?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n', 403],
    ['GET http://elsewhere/things HTTP/1.1\r\nHost: a\r\n\r\n', 403],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET / HTTP/1.0\r\n\r\n', 403],
    ['GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 403],
    [`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['\u0016\u0003\u0001\u0000', 400],
  ])('answers %j with %i and goes on', async (text, status) => {
    await using server = await startTestHttp({})
    expect(await firstLine(server.port, text)).toContain(` ${status} `)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    expect(server.logged).toEqual([])
  })

  it('does not believe headers about where a request comes from', async () => {
    const seen: string[] = []
    await using server = await startTestHttp({
      services: {
        iam: offer({
          async GetUser(_input, { sourceIp }) {
            seen.push(sourceIp)
            return {}
          },
        }),
      },
    })
    const iam = new IAMClient(clientConfig(server))
    iam.middlewareStack.add(
      (next) => async (args) => {
        Object.assign((args.request as { headers: object }).headers, {
          'x-forwarded-for': '1.2.3.4',
          forwarded: 'for=1.2.3.4',
        })
        return await next(args)
      },
      { step: 'build' },
    )
    await iam.send(new GetUserCommand({}))
    expect(seen).toEqual(['127.0.0.1'])
  })
})

async function firstLine(port: number, text: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1')
  socket.end(Buffer.from(text, 'latin1'))
  let received = ''
  for await (const chunk of socket) received += String(chunk)
  return received.split('\r\n')[0] ?? ''
}
